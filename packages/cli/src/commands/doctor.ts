import type { CommandContext, CommandSpec } from '../command-spec.js'
import { exitCode, type ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'show which credentials, region, endpoints and CMKs are used, and whether each works',
  args: '[bucket]',
  details: 'Asks for a list of one object of the bucket, or of the buckets, and about each CMK. Nothing is changed.',
  cloud: true,
  options: [],
  examples: ['osscrypt doctor oss://my-bucket/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, report, signal, env } = context
  const bucket = args[0] === undefined ? undefined : parsePrefix(args[0]).bucket
  const { openSession } = await import('../cloud/session.js')
  const { cmkChecks, credentialsCheck, ossCheck, reportCheck } = await import('../cloud/access-checks.js')
  const session = await openSession(context)
  const { file, profile } = session.settings
  const configuration = { name: 'configuration', look: () => Promise.resolve(`profile ${profile} of ${file}`) }
  const checks = [
    configuration,
    credentialsCheck(session, env),
    ossCheck(session, bucket, signal),
    ...cmkChecks(session, signal),
  ]
  let worst: ExitName = 'ok'
  for (const check of checks) {
    const exit = await reportCheck(report, check, signal)
    if (exit !== 'ok' && (worst === 'ok' || exitCode(exit) < exitCode(worst))) worst = exit
  }
  return worst
}
