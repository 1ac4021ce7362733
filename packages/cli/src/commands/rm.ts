import { CommandError, usageError } from '../command-error.js'
import { chooseOptions, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { Session } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation } from '../location.js'
import type { MeantObject } from '../work/object-steps.js'
import type { Outcome } from '../work/task.js'

export const rm: CommandSpec = {
  name: 'rm',
  summary: 'delete objects',
  args: '<object...>',
  details:
    'Deletes encrypted and plain objects alike, a thousand with one request where they are listed. A * in a key stands for anything without /, ** for anything. An object that is not there is an error, unless --force is given. -r and wildcards ask first; where nobody can be asked, --yes has to say it. In a bucket that keeps versions, what is deleted can be had back, but for a version that --version-id names.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-f, --force', 'no error for what is not there; and with -r, a whole bucket'],
    ['-y, --yes', 'with -r and wildcards: do not ask'],
    versionOption,
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    ['--dry-run', 'say what would be deleted, and delete nothing'],
    ...chooseOptions,
  ],
  examples: [
    'osscrypt rm oss://my-bucket/report.pdf',
    'osscrypt rm -r --dry-run oss://my-bucket/photos/',
    "osscrypt rm --yes 'oss://my-bucket/photos/*.jpg'",
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const { areListed, areSeveral, objectSteps, readMeantObjects } = await import('../work/object-steps.js')
  const { runAll } = await import('../work/run-all.js')
  const { BatchedDeletes, MOST_DELETED_AT_ONCE } = await import('../cloud/batched-deletes.js')
  const { confirm } = await import('../terminal/confirm.js')
  const [dryRun, force, versionId] = [flags.on('dryRun'), flags.on('force'), flags.text('versionId')]
  const meant = await readMeantObjects(context)
  const { locations, recursive } = meant
  const whole = locations.find(({ key }) => key === '')
  if (whole && !force)
    throw usageError(`${describeLocation(whole)} is a whole bucket`, '--force deletes all objects in it')
  const session = await openSession(context)
  const listed = areListed(meant)
  if ((recursive || listed) && !dryRun && !flags.on('yes')) {
    const where = locations.map(describeLocation).join(', ')
    await confirm(recursive ? `delete everything below ${where}?` : `delete everything like ${where}?`, signal)
  }
  const deletes = new BatchedDeletes(session, signal)
  const deleteObject = async (object: MeantObject, shown: string, asked: AbortSignal): Promise<Outcome> => {
    if (object.storedLength === undefined && !(await isThere(session, object, versionId, asked))) {
      if (!force) throw new CommandError('notFound', 'NotFound', `${shown} is not there`)
      const event = { type: 'skipped', object: shown }
      return { kind: 'skipped', why: 'it is not there', event, text: `nothing to delete: ${shown}` }
    }
    if (!dryRun && versionId === undefined) await deletes.delete(object)
    else if (!dryRun) await (await session.client(object.bucket)).delete(object.key, { versionId, signal: asked })
    const text = `${dryRun ? 'would delete' : 'deleted'} ${shown}`
    return { kind: 'done', event: { type: 'deleted', object: shown, versionId, dryRun }, text }
  }
  const steps = objectSteps(session, meant, signal, deleteObject, { folders: true, mayBeNone: force })
  // Those that wait for others to be deleted with them are no requests.
  const jobs = listed ? 2 * MOST_DELETED_AT_ONCE : readJobs(context, session.settings)
  const tally = await runAll(steps, { report, signal, jobs, dealing: 'reading' })
  if (areSeveral(meant)) tally.report(report, dryRun ? 'to delete' : 'deleted')
  return tally.exit
}

/** Whether there is an object that was named, or that version of it. */
async function isThere(
  session: Session,
  object: MeantObject,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (versionId === undefined) {
    const { findObject } = await import('../transfer/place.js')
    return (await findObject(session, object, signal)) !== undefined
  }
  const { hasVersion } = await import('../cloud/list-versions.js')
  return hasVersion(session, object, versionId, signal)
}
