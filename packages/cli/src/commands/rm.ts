import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { asFolder, describeLocation, parseObject, parsePrefix } from '../location.js'
import { runInParallel } from '../run-in-parallel.js'
import { count } from '../terminal/amounts.js'
import { printable } from '../terminal/printable.js'

export const rm: CommandSpec = {
  name: 'rm',
  summary: 'delete objects',
  args: '<object...>',
  details:
    'Deletes encrypted and plain objects alike. An object that is not there is an error, unless --force is given.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-f, --force', 'no error for what is not there; and with -r, a whole bucket'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    ['--dry-run', 'say what would be deleted, and delete nothing'],
  ],
  examples: ['osscrypt rm oss://my-bucket/report.pdf', 'osscrypt rm -r --dry-run oss://my-bucket/photos/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const recursive = flags.on('recursive')
  const locations = args.map((arg) => (recursive ? asFolder(parsePrefix(arg)) : parseObject(arg)))
  const whole = locations.find(({ key }) => key === '')
  if (whole && !flags.on('force'))
    throw usageError(`${describeLocation(whole)} is a whole bucket`, '--force deletes all objects in it')
  const { openSession } = await import('../cloud/session.js')
  const { listObjects } = await import('../cloud/list-objects.js')
  const { findObject } = await import('../transfer/place.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const dryRun = flags.on('dryRun')
  let [done, failed] = [0, 0]

  const objects = async function* () {
    for (const location of locations) {
      if (!recursive) yield location
      else for await (const { key } of listObjects(session, location, signal)) yield { ...location, key }
    }
  }
  let onlyFailure: ExitName = 'partial'
  await runInParallel(objects(), readJobs(context, session.settings), signal, async (location) => {
    const object = describeLocation(location)
    try {
      if (!recursive && !flags.on('force') && !(await findObject(session, location, signal))) {
        throw new CommandError('notFound', 'NotFound', `${object} is not there`)
      }
      if (!dryRun) await (await session.client(location.bucket)).delete(location.key, { signal })
      done++
      report.event({ type: 'deleted', object, dryRun }, `${dryRun ? 'would delete' : 'deleted'} ${printable(object)}`)
    } catch (error) {
      signal.throwIfAborted()
      failed++
      onlyFailure = report.failure(error, object)
    }
  })
  if (recursive || locations.length > 1) {
    report.event(
      { type: 'summary', done, failed },
      `${count(done, 'object')} deleted${failed > 0 ? `, ${failed} FAILED` : ''}`,
    )
  }
  if (failed === 0) return 'ok'
  return done === 0 && failed === 1 && !recursive ? onlyFailure : 'partial'
}
