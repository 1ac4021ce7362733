import { usageError } from '../command-error.js'
import { jobFilterOptions, jobRunOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parsePrefix } from '../location.js'

export const jobsRewrap: CommandSpec = {
  name: 'jobs rewrap',
  summary: 'put all objects of a bucket under other CMKs, and prove that none needs the old ones',
  args: '<prefix>',
  details:
    'The bytes stay. At the end everything below the prefix is looked at once more, whatever was filtered out, with old versions and what jobs have kept: what still needs other CMKs than the new ones is listed in the job’s folder, and the exit code is 8 then.',
  cloud: true,
  options: [
    ...jobRunOptions,
    ['--to <arn>', 'ARN of the new CMK; again for several', 'repeat'],
    ['--dry-run', 'say what would be done, and write nothing'],
    ...jobFilterOptions,
  ],
  examples: ['osscrypt jobs rewrap oss://my-bucket/ --to "$NEW_CMK" --folder rewrap'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const given = flags.list('to')
  if (given.length === 0) throw usageError('no new CMK', 'give its ARN with --to')
  const { proveRewrap } = await import('osscrypt-jobs')
  const { assertUsableCmk } = await import('../cloud/assert-usable-cmk.js')
  const { noteUnreadCmks } = await import('../cloud/note-unread-cmks.js')
  const { checkValue, splitList } = await import('../config/profile-entries.js')
  const { describeProof, isProof } = await import('../jobs/describe-proof.js')
  const { goOnLater, runJobCommand } = await import('../jobs/run-job-command.js')
  const to = [...new Set(splitList(checkValue('cmk', given.join(','), '--to')))]
  const { session, spec, options, tally } = await runJobCommand(context, async (session) => {
    for (const arn of to) await assertUsableCmk(session, arn, signal)
    return { operation: 'rewrap', to }
  })
  if (spec.dryRun === true) return tally.exit
  const asked = new Date()
  const proof = await goOnLater(context, options.folder, () => proveRewrap(spec, { ...options, watcher: {} }))
  report.answer(
    { type: 'proof', to, ...proof },
    describeProof(proof, describeLocation(parsePrefix(args[0] ?? '')), asked),
  )
  if (tally.done > 0) noteUnreadCmks(report, session.settings, to)
  return tally.exit === 'ok' && !isProof(proof) ? 'partial' : tally.exit
}
