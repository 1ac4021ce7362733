import { CommandError, usageError } from '../command-error.js'
import { readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { asFolder, describeLocation, parseObject, parsePrefix, type ObjectLocation } from '../location.js'
import { runInParallel } from '../run-in-parallel.js'
import { count } from '../terminal/amounts.js'
import { printable } from '../terminal/printable.js'

export const rewrap: CommandSpec = {
  name: 'rewrap',
  summary: 'put objects under other CMKs, without moving their bytes',
  args: '<object...>',
  details:
    'Whoever read an object before may have kept its data key, and older versions stay under the old CMKs: where that matters, write\nthe object anew. Objects that are under the new CMKs already are passed over, so that it can be run again.',
  cloud: true,
  options: [
    ['--to <arn>', 'ARN of the new CMK; again for several', 'repeat'],
    ['-r, --recursive', 'everything below a prefix'],
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['--dry-run', 'say what would be done, and do nothing'],
    ['--verify', 'unwrap the data keys of floe objects here too, and verify that envelope and body belong together'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...readOptions,
  ],
  examples: ['osscrypt rewrap --to "$NEW_CMK" oss://my-bucket/report.pdf'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const to = flags.list('to')
  if (to.length === 0) throw usageError('no new CMK', 'give its ARN with --to')
  const recursive = flags.on('recursive')
  const locations = args.map((arg) => (recursive ? asFolder(parsePrefix(arg)) : parseObject(arg)))
  const { openSession } = await import('../cloud/session.js')
  const { listObjects } = await import('../cloud/list-objects.js')
  const { readJobs, readReadOptions } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const objects = async function* (): AsyncGenerator<ObjectLocation> {
    for (const location of locations) {
      if (!recursive) yield location
      else for await (const { key } of listObjects(session, location, signal)) yield { ...location, key }
    }
  }
  const dryRun = flags.on('dryRun')
  let [done, skipped, failed] = [0, 0, 0]
  let lastFailure: ExitName = 'partial'
  await runInParallel(objects(), readJobs(context, session.settings), signal, async (location) => {
    const object = describeLocation(location)
    try {
      const client = await session.client(location.bucket)
      const { cmkArns } = (await client.head(location.key, { signal })).encryption
      if (cmkArns.length === to.length && to.every((arn) => cmkArns.includes(arn))) {
        skipped++
        report.event({ type: 'skipped', object }, `skipped ${printable(object)}: it is under the new CMKs already`)
        return
      }
      const result = dryRun
        ? undefined
        : await client.rewrap(location.key, { ...readReadOptions(context), to, verify: flags.on('verify') })
      done++
      report.event(
        { type: 'rewrapped', object, from: cmkArns, to, throughKms: result?.throughKms, dryRun },
        `${dryRun ? 'would rewrap' : 'rewrapped'} ${printable(object)}`,
      )
    } catch (error) {
      signal.throwIfAborted()
      failed++
      lastFailure = report.failure(error, object)
    }
  })
  if (done + skipped + failed === 0) throw new CommandError('notFound', 'NotFound', 'there is nothing there')
  if (recursive || locations.length > 1) {
    const parts = [
      `${count(done, 'object')} rewrapped`,
      `${skipped} skipped`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
    ]
    report.event({ type: 'summary', done, skipped, failed }, parts.join(', '))
  }
  if (failed === 0) return 'ok'
  return locations.length === 1 && !recursive ? lastFailure : 'partial'
}
