import { jobFilterOptions, jobRunOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsVerify: CommandSpec = {
  name: 'jobs verify',
  summary: 'read all objects of a bucket whole, and say whether they are intact',
  args: '<prefix>',
  details:
    'Nothing is written, and nothing kept. What is not intact is listed at the end, and the exit code is 5 then, whatever else failed. Of what is not encrypted, and of what the OSS SDKs’ own encryption wrote, nothing can be verified: it is counted as left out, and the exit code is 8.',
  cloud: true,
  options: [...jobRunOptions, ['--dry-run', 'say what would be read, and read nothing'], ...jobFilterOptions],
  examples: ['osscrypt jobs verify oss://my-bucket/ --folder verify --csv verify.csv'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { runJobCommand } = await import('../jobs/run-job-command.js')
  const { tally } = await runJobCommand(context, () => ({ operation: 'verify' }))
  return tally.exit
}
