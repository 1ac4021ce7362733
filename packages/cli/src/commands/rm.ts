import { CommandError, usageError } from '../command-error.js'
import { chooseOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation } from '../location.js'

export const rm: CommandSpec = {
  name: 'rm',
  summary: 'delete objects',
  args: '<object...>',
  details:
    'Deletes encrypted and plain objects alike. An object that is not there is an error, unless --force is given. -r asks first; where nobody can be asked, --yes has to say it.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-f, --force', 'no error for what is not there; and with -r, a whole bucket'],
    ['-y, --yes', 'with -r: do not ask'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    ['--dry-run', 'say what would be deleted, and delete nothing'],
    ...chooseOptions,
  ],
  examples: ['osscrypt rm oss://my-bucket/report.pdf', 'osscrypt rm -r --dry-run oss://my-bucket/photos/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { findObject } = await import('../transfer/place.js')
  const { readNameFilter } = await import('../transfer/name-filter.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const { objectSteps, parseObjects } = await import('../work/object-steps.js')
  const { runAll } = await import('../work/run-all.js')
  const { confirm } = await import('../terminal/confirm.js')
  const [recursive, dryRun, force] = [flags.on('recursive'), flags.on('dryRun'), flags.on('force')]
  const locations = parseObjects(args, recursive)
  const whole = locations.find(({ key }) => key === '')
  if (whole && !force)
    throw usageError(`${describeLocation(whole)} is a whole bucket`, '--force deletes all objects in it')
  const meant = { locations, recursive, filter: await readNameFilter(context) }
  const session = await openSession(context)
  if (recursive && !dryRun && !flags.on('yes')) {
    await confirm(`delete everything below ${locations.map(describeLocation).join(', ')}?`, signal)
  }
  const steps = objectSteps(
    session,
    meant,
    signal,
    async (location, object, asked) => {
      const listed = location.storedLength !== undefined
      if (!listed && !(await findObject(session, location, asked))) {
        if (!force) throw new CommandError('notFound', 'NotFound', `${object} is not there`)
        const event = { type: 'skipped', object }
        return { kind: 'skipped', why: 'it is not there', event, text: `nothing to delete: ${object}` }
      }
      if (!dryRun) await (await session.client(location.bucket)).delete(location.key, { signal: asked })
      const text = `${dryRun ? 'would delete' : 'deleted'} ${object}`
      return { kind: 'done', event: { type: 'deleted', object, dryRun }, text }
    },
    { folders: true },
  )
  const tally = await runAll(steps, { report, signal, jobs: readJobs(context, session.settings), dealing: 'reading' })
  if (recursive || locations.length > 1) tally.report(report, dryRun ? 'to delete' : 'deleted')
  return tally.exit
}
