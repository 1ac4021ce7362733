import type { Session } from '../cloud/session.js'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ProfileKey } from '../config/profile-entries.js'
import type { ExitName } from '../exit-codes.js'
import { Flags } from '../flags.js'
import type { Asking } from '../terminal/asking.js'

export const configInit: CommandSpec = {
  name: 'config init',
  summary: 'ask for region, endpoint, bucket and CMK, try them, and write a profile',
  details:
    'On a terminal. What is told is tried at once: credentials, a list of one object of the bucket, what KMS says of the CMK. Nothing is written before the end, and nothing is stored in OSS. Credentials are not asked for: they come from where the aliyun CLI and the SDKs have them. `osscrypt config set` does the same without asking, and `osscrypt doctor` tries it.',
  cloud: false,
  options: [
    ['--profile <name>', 'the profile (default `default`)'],
    ['--config <file>', 'the configuration file'],
  ],
  examples: ['osscrypt config init'],
  run,
}

const WITHOUT_TERMINAL = [
  'without one, these do the same: osscrypt config set region REGION;',
  'osscrypt config set cmk acs:kms:REGION:ACCOUNT:key/ID; osscrypt doctor oss://BUCKET/',
].join(' ')

/** What is asked for, and why; nothing is a fine answer where it may be empty. */
const questions: readonly {
  readonly key: ProfileKey
  readonly question: string
  readonly usual: (session: Session | undefined) => string
  readonly mayBeEmpty: boolean
}[] = [
  {
    key: 'region',
    question: 'Region of the buckets',
    usual: (session) => session?.settings.region?.replace(/^oss-/, '') ?? 'cn-hangzhou',
    mayBeEmpty: false,
  },
  {
    key: 'endpoint',
    question: 'URL of OSS, empty for its public address',
    usual: (session) => session?.settings.endpoint ?? '',
    mayBeEmpty: true,
  },
  {
    key: 'kms-endpoint',
    question: 'URL of KMS, empty for its public address',
    usual: (session) => session?.settings.kmsEndpoint ?? '',
    mayBeEmpty: true,
  },
]

type Entries = Partial<Record<ProfileKey, string>>

async function run(context: CommandContext): Promise<ExitName> {
  const { Asking } = await import('../terminal/asking.js')
  if (!Asking.isPossible()) throw usageError('config init asks, and there is no terminal', WITHOUT_TERMINAL)
  if (context.report.json) throw usageError('config init is for people: --json has no answers')
  const asking = new Asking()
  // The questions wait for a line, not for the signal.
  const stop = () => asking.close()
  context.signal.addEventListener('abort', stop, { once: true })
  try {
    return await askForAll(context, asking)
  } finally {
    context.signal.removeEventListener('abort', stop)
    asking.close()
  }
}

async function askForAll(context: CommandContext, asking: Asking): Promise<ExitName> {
  const { report, signal, env } = context
  const { credentialsCheck, reportCheck } = await import('../cloud/access-checks.js')
  const { profileEntries } = await import('../config/profile-entries.js')
  const { writeProfile } = await import('../config/write-profile.js')
  const entries: Entries = {}
  const known = await sessionWith(context, {}).catch(() => undefined)
  for (const { key, question, usual, mayBeEmpty } of questions) {
    const problem = (value: string) => (value === '' && mayBeEmpty ? undefined : profileEntries[key].problem(value))
    const answer = await asking.text(question, usual(known), problem)
    if (answer !== '') entries[key] = answer
  }
  const allIsWell = [await reportCheck(report, credentialsCheck(await sessionWith(context, entries), env), signal)]
  const bucket = await askForBucket(context, asking, entries, allIsWell)
  await askForCmk(context, asking, entries, known?.settings.cmks.join(',') ?? '', allIsWell)
  signal.throwIfAborted()
  const isFine = allIsWell.every((exit) => exit === 'ok')
  if (!(await asking.yes(isFine ? 'Write it down' : 'Not all of it works. Write it down all the same', isFine)))
    throw new CommandError('refused', 'NotConfirmed', 'nothing was written')
  const { path, name } = await writeProfile(context, entries)
  report.event({ type: 'config', profile: name, path }, `written: profile ${name} of ${path}`)
  const option = name === 'default' ? '' : ` --profile ${name}`
  report.note(`to begin: osscrypt cp FILE oss://${bucket === '' ? 'BUCKET' : bucket}/${option}`)
  return 'ok'
}

/** A bucket to try it with: no profile holds one. */
async function askForBucket(
  context: CommandContext,
  asking: Asking,
  entries: Entries,
  results: ExitName[],
): Promise<string> {
  const { ossCheck, reportCheck } = await import('../cloud/access-checks.js')
  const { signal, report } = context
  const isBucket = (name: string) =>
    name === '' || /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name) ? undefined : 'is no name of a bucket'
  for (;;) {
    const bucket = await asking.text('A bucket to try it with, empty for none', '', isBucket)
    if (bucket === '') return ''
    const exit = await reportCheck(report, ossCheck(await sessionWith(context, entries), bucket, signal), signal)
    if (exit === 'ok' || !(await asking.yes('Another bucket', true))) {
      results.push(exit)
      return bucket
    }
  }
}

async function askForCmk(
  context: CommandContext,
  asking: Asking,
  entries: Entries,
  usual: string,
  results: ExitName[],
): Promise<void> {
  const { cmkChecks, reportCheck } = await import('../cloud/access-checks.js')
  const { profileEntries } = await import('../config/profile-entries.js')
  const { signal, report } = context
  const problem = (value: string) => profileEntries.cmk.problem(value)
  for (;;) {
    entries.cmk = await asking.text('ARN of the CMK to encrypt under, acs:kms:REGION:ACCOUNT:key/ID', usual, problem)
    const exits: ExitName[] = []
    for (const check of cmkChecks(await sessionWith(context, entries), signal))
      exits.push(await reportCheck(report, check, signal))
    if (exits.every((exit) => exit === 'ok') || !(await asking.yes('Another CMK', true))) {
      results.push(...exits)
      return
    }
  }
}

/** OSS and KMS as they would be used with these entries. */
async function sessionWith(context: CommandContext, entries: Entries): Promise<Session> {
  const { openSession } = await import('../cloud/session.js')
  const { readConfig } = await import('../config/config-file.js')
  const { profileOf, whichProfile } = await import('../config/write-profile.js')
  const { path, name } = whichProfile(context)
  // One that is not there yet is what is being made.
  const profile = profileOf(await readConfig(path), name) === undefined ? 'default' : name
  const { region, endpoint, 'kms-endpoint': kmsEndpoint, cmk } = entries
  const cmks = cmk === undefined ? {} : { cmk: [cmk] }
  const values = { profile, config: path, region, endpoint, kmsEndpoint, ...cmks, retries: '1' }
  return openSession({ ...context, flags: new Flags(values) })
}
