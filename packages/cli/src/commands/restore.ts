import { CommandError } from '../command-error.js'
import { chooseOptions, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { Restoration } from '../cloud/restoration.js'
import type { ExitName } from '../exit-codes.js'
import type { Outcome } from '../work/task.js'

/** How fast OSS restores what is in a cold archive. */
export const TIERS = ['Expedited', 'Standard', 'Bulk'] as const

export const restore: CommandSpec = {
  name: 'restore',
  summary: 'have OSS restore archived objects, so that they can be read',
  args: '<object...>',
  details:
    'Objects of the classes Archive, ColdArchive and DeepColdArchive cannot be read before OSS has restored them, which takes from a minute to two days and costs money. It is asked for, and not waited for: --status says how far it is. What needs no restoring is passed over.',
  cloud: true,
  options: [
    ['--status', 'say how far it is, and ask for nothing'],
    ['--days <number>', 'how long the object can be read then (default 1)'],
    ['--tier <tier>', `of cold archives, ${TIERS.join(', ')}: how fast, and how expensive (default Standard)`],
    ['-r, --recursive', 'everything below a prefix'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    ['--dry-run', 'say what would be restored, and ask for nothing'],
    versionOption,
    ...chooseOptions,
  ],
  examples: [
    'osscrypt restore --status oss://my-bucket/report.pdf',
    'osscrypt restore -r --days 7 oss://my-bucket/photos/',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { requestRestoration, restorationOf } = await import('../cloud/restoration.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const { areSeveral, objectSteps, readMeantObjects } = await import('../work/object-steps.js')
  const { runAll } = await import('../work/run-all.js')
  const [statusOnly, dryRun, versionId] = [flags.on('status'), flags.on('dryRun'), flags.text('versionId')]
  const request = { days: flags.number('days', 1, 365) ?? 1, tier: flags.choice('tier', TIERS) ?? 'Standard' }
  const meant = await readMeantObjects(context)
  const session = await openSession(context)
  const steps = objectSteps(session, meant, signal, async (object, shown, asked): Promise<Outcome> => {
    const restoration = await restorationOf(session, object, { versionId, signal: asked })
    const { state, until, storageClass } = restoration
    const facts = { type: 'restoration', object: shown, state, until, storageClass, dryRun }
    if (statusOnly) return { kind: 'done', event: facts, text: `${shown}: ${describe(restoration)}` }
    if (state !== 'archived') {
      const why = describe({ ...restoration, until: undefined })
      return { kind: 'skipped', why, event: facts, text: `skipped ${shown}` }
    }
    if (!dryRun) await requestRestoration(session, object, { ...request, storageClass, versionId, signal: asked })
    const text = dryRun ? `would restore ${shown}` : `being restored: ${shown}`
    return { kind: 'done', event: { ...facts, state: dryRun ? state : 'ongoing' }, text }
  })
  const tally = await runAll(steps, { report, signal, jobs: readJobs(context, session.settings), dealing: 'reading' })
  if (tally.total === 0) throw new CommandError('notFound', 'NotFound', 'there is nothing there')
  if (areSeveral(meant)) tally.report(report, statusOnly ? 'looked at' : dryRun ? 'to restore' : 'being restored')
  else if (tally.skipped.size > 0) report.note([...tally.skipped.keys()].join(''))
  return tally.exit
}

function describe({ state, until, storageClass }: Restoration): string {
  if (state === 'readable') return `${storageClass}: it can be read as it is`
  if (state === 'ongoing') return `${storageClass}: it is being restored`
  if (state === 'archived') return `${storageClass}: it has to be restored before it is read`
  return `${storageClass}: it is restored${until === undefined ? '' : `, and can be read until ${until.toISOString()}`}`
}
