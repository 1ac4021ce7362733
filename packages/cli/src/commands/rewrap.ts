import { CommandError, usageError } from '../command-error.js'
import { chooseOptions, readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const rewrap: CommandSpec = {
  name: 'rewrap',
  summary: 'put objects under other CMKs, without moving their bytes',
  args: '<object...>',
  details:
    'Whoever read an object before may have kept its data key, and older versions stay under the old CMKs: where that matters, write the object anew. Objects that are under the new CMKs already are passed over, so that it can be run again. Afterwards, the new CMKs have to be among those that are read with (cmk, read-cmk or discover of the profile).',
  cloud: true,
  options: [
    ['--to <arn>', 'ARN of the new CMK; again for several', 'repeat'],
    ['-r, --recursive', 'everything below a prefix'],
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['--dry-run', 'say what would be done, and do nothing'],
    ['--verify', 'unwrap the data keys of floe objects here too, and verify that envelope and body belong together'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...chooseOptions,
    ...readOptions,
  ],
  examples: ['osscrypt rewrap --to "$NEW_CMK" oss://my-bucket/report.pdf'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const given = flags.list('to')
  if (given.length === 0) throw usageError('no new CMK', 'give its ARN with --to')
  const { KmsDataKeyProvider, OpenApiKmsClient } = await import('osscrypt')
  const { checkValue, splitList } = await import('../config/profile-entries.js')
  const { assertUsableCmk } = await import('../cloud/assert-usable-cmk.js')
  const { noteUnreadCmks } = await import('../cloud/note-unread-cmks.js')
  const { openSession } = await import('../cloud/session.js')
  const { readJobs, readReadOptions } = await import('../transfer/transfer-options.js')
  const { areSeveral, objectSteps, readMeantObjects } = await import('../work/object-steps.js')
  const { runAll } = await import('../work/run-all.js')
  const to = [...new Set(splitList(checkValue('cmk', given.join(','), '--to')))]
  const meant = await readMeantObjects(context)
  const session = await openSession(context)
  for (const arn of to) await assertUsableCmk(session, arn, signal)
  const newKeys = new KmsDataKeyProvider(to, { kms: new OpenApiKmsClient(session.kms), retry: session.retry })
  const [dryRun, verifying, read] = [flags.on('dryRun'), flags.on('verify'), readReadOptions(context)]
  const steps = objectSteps(session, meant, signal, async ({ bucket, key }, object, asked) => {
    const client = await session.client(bucket)
    const { cmkArns } = (await client.head(key, { signal: asked })).encryption
    if (cmkArns.length === to.length && to.every((arn) => cmkArns.includes(arn))) {
      const why = 'it is under the new CMKs already'
      return { kind: 'skipped', why, event: { type: 'skipped', object }, text: `skipped ${object}` }
    }
    const result = dryRun
      ? undefined
      : await client.rewrap(key, { ...read, to: newKeys, verify: verifying, signal: asked })
    const event = { type: 'rewrapped', object, from: cmkArns, to, throughKms: result?.throughKms, dryRun }
    return { kind: 'done', event, text: `${dryRun ? 'would rewrap' : 'rewrapped'} ${object}` }
  })
  // What is wrong with the new CMKs was found before: an object may be under an old one of its own.
  const tally = await runAll(steps, { report, signal, jobs: readJobs(context, session.settings), dealing: 'reading' })
  if (tally.total === 0) throw new CommandError('notFound', 'NotFound', 'there is nothing there')
  if (areSeveral(meant)) tally.report(report, dryRun ? 'to rewrap' : 'rewrapped')
  if (tally.done > 0 && !dryRun) noteUnreadCmks(report, session.settings, to)
  return tally.exit
}
