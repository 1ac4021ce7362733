import { jobFilterOptions, jobRunOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsAudit: CommandSpec = {
  name: 'jobs audit',
  summary: 'say what every object of a bucket is, and which CMKs they are under',
  args: '<prefix>',
  details:
    'By metadata and, where there is no envelope, by the first bytes: up to three requests an object. KMS is not asked, and nothing is verified. See docs/JOBS.md for what the kinds and findings mean.',
  cloud: true,
  options: [...jobRunOptions, ['--versions', 'old versions, too'], ...jobFilterOptions],
  examples: ['osscrypt jobs audit oss://my-bucket/ --folder audit --html audit.html'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report } = context
  const { runJobCommand } = await import('../jobs/run-job-command.js')
  const { formatAudit } = await import('../jobs/format-audit.js')
  const { totals, tally } = await runJobCommand(context, () => ({
    operation: 'audit',
    ...(flags.on('versions') && { versions: true }),
  }))
  const { kinds, oldVersions, cmks, findings } = totals
  report.answer({ type: 'audit', kinds, oldVersions, cmks, findings }, await formatAudit(totals))
  return tally.exit
}
