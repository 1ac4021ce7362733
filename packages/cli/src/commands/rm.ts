import { CommandError, usageError } from '../command-error.js'
import { chooseOptions, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { Session } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { keyPattern } from '../key-pattern.js'
import { describeLocation } from '../location.js'
import type { MeantObject, MeantObjects } from '../work/object-steps.js'
import type { Outcome } from '../work/task.js'

export const rm: CommandSpec = {
  name: 'rm',
  summary: 'delete objects',
  args: '<object...>',
  details:
    'Deletes encrypted and plain objects alike, a thousand with one request where they are listed. A * in a key stands for anything without /, ** for anything. An object that is not there is an error, unless --force is given. -r and wildcards ask first; where nobody can be asked, --yes has to say it. In a bucket that keeps versions, what is deleted can be had back, but for a version that --version-id names, and what --all-versions takes: each version and delete marker, for good. That asks first, too.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-f, --force', 'no error for what is not there; and with -r, a whole bucket'],
    ['-y, --yes', 'with -r, wildcards and --all-versions: do not ask'],
    versionOption,
    ['--all-versions', 'all versions, and delete markers, of what is meant: nothing brings them back'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    ['--dry-run', 'say what would be deleted, and delete nothing'],
    ...chooseOptions,
  ],
  examples: [
    'osscrypt rm oss://my-bucket/report.pdf',
    'osscrypt rm -r --dry-run oss://my-bucket/photos/',
    "osscrypt rm --yes 'oss://my-bucket/photos/*.jpg'",
    'osscrypt rm -r --all-versions --yes oss://my-bucket/photos/',
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
  const versions = flags.on('allVersions')
  if (versions && versionId !== undefined) throw usageError('--version-id and --all-versions exclude each other')
  const meant = await readMeantObjects(context)
  const { locations, recursive } = meant
  const whole = locations.find(({ key }) => key === '')
  if (whole && !force)
    throw usageError(`${describeLocation(whole)} is a whole bucket`, '--force deletes all objects in it')
  const session = await openSession(context)
  const listed = versions || areListed(meant)
  if ((recursive || listed) && !dryRun && !flags.on('yes')) await confirm(questionOf(meant, versions), signal)
  const deletes = new BatchedDeletes(session, signal)
  const deleteObject = async (object: MeantObject, shown: string, asked: AbortSignal): Promise<Outcome> => {
    const { version } = object
    if (object.storedLength === undefined && !(await isThere(session, object, versionId, asked))) {
      if (!force) throw new CommandError('notFound', 'NotFound', `${shown} is not there`)
      const event = { type: 'skipped', object: shown }
      return { kind: 'skipped', why: 'it is not there', event, text: `nothing to delete: ${shown}` }
    }
    if (!dryRun && versionId === undefined) await deletes.delete(object, version?.versionId)
    else if (!dryRun) await (await session.client(object.bucket)).delete(object.key, { versionId, signal: asked })
    const text = `${dryRun ? 'would delete' : 'deleted'} ${shown}`
    const which = version ? { versionId: version.versionId, deleteMarker: version.isDeleteMarker } : { versionId }
    return { kind: 'done', event: { type: 'deleted', object: describeLocation(object), ...which, dryRun }, text }
  }
  const steps = objectSteps(session, meant, signal, deleteObject, { folders: true, mayBeNone: force, versions })
  // Those that wait for others to be deleted with them are no requests.
  const jobs = listed ? 2 * MOST_DELETED_AT_ONCE : readJobs(context, session.settings)
  const tally = await runAll(steps, { report, signal, jobs, dealing: 'reading' })
  if (versions) tally.noun = 'version'
  if (versions || areSeveral(meant)) tally.report(report, dryRun ? 'to delete' : 'deleted')
  return tally.exit
}

function questionOf({ locations, recursive, wildcards }: MeantObjects, versions: boolean): string {
  const where = locations.map(describeLocation).join(', ')
  const relation = recursive ? 'below ' : wildcards && locations.some(keyPattern) ? 'like ' : ''
  const what = relation === '' ? where : `everything ${relation}${where}`
  return versions ? `delete all versions of ${what}, which nothing brings back?` : `delete ${what}?`
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
