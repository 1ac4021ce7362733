import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import { localFolder } from '../config/settings.js'
import type { ExitName } from '../exit-codes.js'

export const consoleCommand: CommandSpec = {
  name: 'console',
  summary: 'open a page in the browser for encrypted objects',
  details:
    'It encrypts, decrypts and verifies in the page. Served on 127.0.0.1, until Ctrl-C, to whoever has the address that is printed: it holds a token, and no log file gets it. The credentials stay in this process, which gives the page data keys and signed URLs. A port of its own lets uploads that were interrupted go on after the next start.',
  cloud: true,
  options: [
    ['--port <port>', 'its port on 127.0.0.1 (default: a free one)'],
    ['--local', 'with the local cloud, which is started if it does not run, and stays'],
    ['--audit', 'print each data key and URL that the page asks for'],
  ],
  examples: ['osscrypt console --port 7373'],
  run,
}

const DEFAULT_LOCAL_BUCKET = 'my-bucket'

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const port = flags.number('port', 0, 65535)
  const { openSession } = await import('../cloud/session.js')
  const { consoleCloud } = await import('../cloud/console-cloud.js')
  const { startConsole } = await import('osscrypt-console')
  const session = await openSession(flags.on('local') ? await withLocalCloud(context) : context)
  const cloud = consoleCloud(session)
  const running = await startConsole({
    cloud,
    port,
    audit: (bucket, { time, operation, name, status }) => {
      const record = { type: 'audit', time, bucket, operation, name, status } as const
      const line = `${time} ${String(status)} ${operation ?? '-'} oss://${bucket}/${name ?? ''}`
      if (flags.on('audit')) report.event(record, line)
    },
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw usageError(`port ${String(port)} is taken`, 'leave --port out, and a free one is found')
  })
  try {
    report.secretAnswer({ type: 'console', url: running.url }, running.url)
    report.note('open this address in a browser on this machine; Ctrl-C ends it')
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  } finally {
    await running.close()
  }
  return 'ok'
}

/** The same call of the command, with the profile of a local cloud that runs. */
async function withLocalCloud(context: CommandContext): Promise<CommandContext> {
  const { flags, report, signal } = context
  if (flags.text('profile') !== undefined) throw usageError('--local is a profile of its own: leave --profile out')
  const folder = localFolder(context.env)
  const { assertLocalFolder, readLocalState } = await import('../local/local-state.js')
  if (!(await readLocalState(folder))) {
    const { startInBackground } = await import('../local/local-daemon.js')
    await assertLocalFolder(folder, 'nothing was started')
    const buckets = [DEFAULT_LOCAL_BUCKET]
    await startInBackground({ folder, buckets, ossPort: undefined, kmsPort: undefined }, signal)
    report.note('started the local cloud; `osscrypt local stop` ends it')
  }
  return { ...context, env: { ...context.env, OSSCRYPT_PROFILE: 'local' } }
}
