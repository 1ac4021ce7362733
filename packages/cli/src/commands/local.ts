import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec, OptionSpec } from '../command-spec.js'
import { localFolder } from '../config/settings.js'
import type { ExitName } from '../exit-codes.js'
import type { LocalState } from '../local/local-state.js'
import { formatFacts } from '../terminal/facts.js'

const folderOption: OptionSpec = ['--folder <folder>', 'where it keeps everything (or OSSCRYPT_LOCAL_FOLDER)']

export const localStart: CommandSpec = {
  name: 'local start',
  summary: 'start an OSS and a KMS on this machine',
  details:
    'They stay until `osscrypt local stop`; `--profile local` of every command talks to them. Not a place for data that matters.',
  cloud: false,
  options: [
    folderOption,
    ['--bucket <name>', 'a bucket to have; again for several (default my-bucket)', 'repeat'],
    ['--oss-port <port>', 'port of OSS (default: a free one)'],
    ['--kms-port <port>', 'port of KMS (default: a free one)'],
    ['--foreground', 'run here, until Ctrl-C'],
  ],
  examples: ['osscrypt local start --bucket my-bucket'],
  run: start,
}

export const localStop: CommandSpec = {
  name: 'local stop',
  summary: 'end the local cloud; what it holds stays',
  cloud: false,
  options: [folderOption],
  examples: ['osscrypt local stop'],
  run: stop,
}

export const localStatus: CommandSpec = {
  name: 'local status',
  summary: 'show whether the local cloud runs, and where',
  details: 'Exit code 3 when it does not run.',
  cloud: false,
  options: [folderOption],
  examples: ['osscrypt local status'],
  run: status,
}

export const localEnv: CommandSpec = {
  name: 'local env',
  summary: 'print what makes programs talk to the local cloud',
  details:
    'For a shell: eval "$(osscrypt local env)". With --json, as an object. The access key in it is the local cloud’s own, and opens nothing else.',
  cloud: false,
  options: [folderOption],
  examples: ['eval "$(osscrypt local env)"'],
  run: printEnv,
}

export const localReset: CommandSpec = {
  name: 'local reset',
  summary: 'end the local cloud and delete all its keys and objects',
  cloud: false,
  options: [folderOption, ['-f, --force', 'needed, because nothing brings them back']],
  examples: ['osscrypt local reset --force'],
  run: reset,
}

const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

async function start({ flags, report, signal, env }: CommandContext): Promise<ExitName> {
  const folder = folderOf({ flags, env })
  const given = flags.list('bucket')
  const buckets = given.length > 0 ? given : ['my-bucket']
  if (!buckets.every((name) => BUCKET.test(name)))
    throw usageError('--bucket takes 3 to 63 small letters, digits and -')
  const ports = { ossPort: flags.number('ossPort', 0, 65535), kmsPort: flags.number('kmsPort', 0, 65535) }
  const { assertLocalFolder, readLocalState } = await import('../local/local-state.js')
  const { runLocalCloud, startInBackground } = await import('../local/local-daemon.js')
  const say = (state: LocalState) => {
    const facts = factsOf(folder, state)
    report.answer({ type: 'local', running: true, ...facts }, formatFacts(facts))
  }
  const running = await readLocalState(folder)
  if (running) {
    throw new CommandError(
      'refused',
      'LocalRuns',
      `the local cloud runs already (process ${running.pid})`,
      '`osscrypt local stop` ends it',
    )
  }
  await assertLocalFolder(folder, 'nothing was started')
  if (flags.on('foreground')) await runLocalCloud({ folder, buckets, ...ports }, signal, say)
  else say(await startInBackground({ folder, buckets, ...ports }, signal))
  return 'ok'
}

async function stop({ flags, report, env }: CommandContext): Promise<ExitName> {
  const { stopLocalCloud } = await import('../local/local-daemon.js')
  const stopped = await stopLocalCloud(folderOf({ flags, env }))
  report.event(
    { type: 'local', running: false, stopped },
    stopped ? 'the local cloud has ended' : 'the local cloud did not run',
  )
  return 'ok'
}

async function status({ flags, report, env }: CommandContext): Promise<ExitName> {
  const folder = folderOf({ flags, env })
  const { readLocalState } = await import('../local/local-state.js')
  const state = await readLocalState(folder)
  if (!state) {
    report.answer({ type: 'local', running: false, folder }, 'the local cloud does not run')
    return 'notFound'
  }
  const facts = factsOf(folder, state)
  report.answer({ type: 'local', running: true, ...facts }, formatFacts(facts))
  return 'ok'
}

async function printEnv({ flags, report, env }: CommandContext): Promise<ExitName> {
  const { readLocalState } = await import('../local/local-state.js')
  const state = await readLocalState(folderOf({ flags, env }))
  if (!state)
    throw new CommandError('notFound', 'NotFound', 'the local cloud does not run', '`osscrypt local start` starts it')
  const variables = {
    OSS_REGION: state.region,
    OSS_ENDPOINT: state.ossEndpoint,
    KMS_ENDPOINT: state.kmsEndpoint,
    OSS_BUCKET: state.buckets[0] ?? '',
    CMK_ARN: state.cmk,
    ALIBABA_CLOUD_ACCESS_KEY_ID: state.accessKey.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: state.accessKey.accessKeySecret,
  }
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`)
  report.answer({ type: 'environment', variables }, lines)
  return 'ok'
}

async function reset({ flags, report, env }: CommandContext): Promise<ExitName> {
  const folder = folderOf({ flags, env })
  if (!flags.on('force')) throw usageError('it deletes all keys and objects of the local cloud', '--force does it')
  const { stopLocalCloud } = await import('../local/local-daemon.js')
  await stopLocalCloud(folder)
  const { assertLocalFolder } = await import('../local/local-state.js')
  if (existsSync(folder)) {
    await assertLocalFolder(folder, 'nothing was deleted')
    await rm(folder, { recursive: true, maxRetries: 3 })
  }
  report.event({ type: 'local', running: false, reset: true }, 'the local cloud is empty')
  return 'ok'
}

function folderOf({ flags, env }: Pick<CommandContext, 'flags' | 'env'>): string {
  return resolve(flags.text('folder') ?? localFolder(env))
}

function factsOf(folder: string, { ossEndpoint, kmsEndpoint, region, cmk, buckets, pid }: LocalState) {
  return {
    oss: ossEndpoint,
    kms: kmsEndpoint,
    region,
    cmk,
    buckets: buckets.map((name) => `oss://${name}/`),
    folder,
    pid,
  }
}
