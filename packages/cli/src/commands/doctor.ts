import { existsSync } from 'node:fs'
import type { Session } from '../cloud/session.js'
import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import { exitCode, type ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'show which credentials, region, endpoints and CMKs are used, and whether each works',
  args: '[bucket]',
  details:
    'Asks for a list of one object of the bucket, or of the buckets, and about each CMK. With --origin also whether the bucket lets pages of that origin work with its objects: the CORS rule that is needed is printed where it is not there. Nothing is changed.',
  cloud: true,
  options: [['--origin <origin>', 'of pages, such as https://app.example.com; again for several', 'repeat']],
  examples: ['osscrypt doctor oss://my-bucket/', 'osscrypt doctor oss://my-bucket/ --origin https://app.example.com'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal, env } = context
  const bucket = args[0] === undefined ? undefined : parsePrefix(args[0]).bucket
  const origins = flags.list('origin')
  for (const origin of origins) requireOrigin(origin)
  if (origins.length > 0 && bucket === undefined) throw usageError('--origin is about a bucket: name one')
  const { openSession } = await import('../cloud/session.js')
  const { cmkChecks, credentialsCheck, ossCheck, reportCheck } = await import('../cloud/access-checks.js')
  const session = await openSession(context)
  const { file, profile } = session.settings
  const read = existsSync(file) ? `profile ${profile} of ${file}` : `there is no ${file}; profile ${profile}`
  const configuration = { name: 'configuration', look: () => Promise.resolve(read) }
  const checks = [
    configuration,
    credentialsCheck(session, env),
    ossCheck(session, bucket, signal),
    ...cmkChecks(session, signal),
  ]
  const exits: ExitName[] = []
  for (const check of checks) exits.push(await reportCheck(report, check, signal))
  if (bucket !== undefined && origins.length > 0) exits.push(...(await checkPages(context, session, bucket, origins)))
  return exits.filter((exit) => exit !== 'ok').sort((a, b) => exitCode(a) - exitCode(b))[0] ?? 'ok'
}

/** Whether pages can work with a bucket's objects; prints what is needed for it. */
async function checkPages(
  { report, signal }: CommandContext,
  session: Session,
  bucket: string,
  origins: readonly string[],
): Promise<readonly ExitName[]> {
  const { corsDocument } = await import('osscrypt/oss')
  const { corsCheck } = await import('../cloud/cors-check.js')
  const { reportCheck } = await import('../cloud/access-checks.js')
  const exits: ExitName[] = []
  for (const origin of origins)
    exits.push(await reportCheck(report, corsCheck(session, bucket, origin, signal), signal))
  if (exits.some((exit) => exit !== 'ok')) {
    const lines = corsDocument(origins)
    report.answer({ type: 'corsRule', document: lines.join('\n') }, lines)
  }
  return exits
}

function requireOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return
  throw usageError(`${origin} is no origin of pages`, 'scheme, host and port, such as https://app.example.com')
}
