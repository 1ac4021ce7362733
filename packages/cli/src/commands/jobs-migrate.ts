import { jobFilterOptions, jobRunOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsMigrate: CommandSpec = {
  name: 'jobs migrate',
  summary: 'store the encrypted objects of a bucket anew, in another format',
  args: '<prefix>',
  details:
    'Nothing takes an object’s place before it was stored under another name, read back and compared. Objects get fresh data keys under --cmk. What the OSS SDKs’ own encryption wrote is taken with --allow-legacy-formats, and says for ever that it could not be verified before.',
  cloud: true,
  options: [
    ...jobRunOptions,
    ['--dry-run', 'say what would be done, and write nothing'],
    ['--format <format>', 'floe (default: verified ranges, any size) or gcm (what the vendor’s SDKs read)'],
    ['--keep', 'keep what was there below .osscrypt-jobs/kept/'],
    ['--allow-legacy-formats', 'take what the OSS SDKs’ own encryption wrote, of which nobody notices changes'],
    ...jobFilterOptions,
  ],
  examples: ['osscrypt jobs migrate oss://my-bucket/ --folder migrate'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, signal } = context
  const { runJobCommand } = await import('../jobs/run-job-command.js')
  const { namedCmks } = await import('../jobs/named-cmks.js')
  const { assertWritable } = await import('../cloud/assert-usable-cmk.js')
  const { tally } = await runJobCommand(context, async (session) => {
    await assertWritable(session, signal)
    return {
      operation: 'migrate',
      format: flags.choice('format', ['gcm', 'floe']) ?? 'floe',
      ...(flags.on('keep') && { keep: true }),
      ...(flags.on('allowLegacyFormats') && { allowLegacyFormats: true }),
      ...namedCmks(session.settings),
    }
  })
  return tally.exit
}
