import { usageError } from '../command-error.js'
import { jobFilterOptions, jobRunOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsEncrypt: CommandSpec = {
  name: 'jobs encrypt',
  summary: 'encrypt the objects of a bucket that are plain, where they are',
  args: '<prefix>',
  details:
    'Nothing takes an object’s place before it was stored under another name, read back and compared. What was there is then gone, unless --keep, or a bucket with versioning, keeps it: in the clear. docs/JOBS.md says what is guaranteed at each step, and which window is left.',
  cloud: true,
  options: [
    ...jobRunOptions,
    ['--dry-run', 'say what would be done, and write nothing'],
    ['--format <format>', 'gcm (default, what the vendor’s SDKs read) or floe (verified ranges, any size)'],
    ['--keep', 'keep what was there, in the clear, below .osscrypt-jobs/kept/'],
    ['--appendable', 'take objects that are written by appending, too: nobody can append to them afterwards'],
    ['--context <name=value>', 'an entry of the encryption context: in the clear, authenticated', 'repeat'],
    ...jobFilterOptions,
  ],
  examples: ['osscrypt jobs encrypt oss://my-bucket/ --folder encrypt --dry-run'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, signal } = context
  const { runJobCommand } = await import('../jobs/run-job-command.js')
  const { namedCmks } = await import('../jobs/named-cmks.js')
  const { assertWritable } = await import('../cloud/assert-usable-cmk.js')
  const { tally } = await runJobCommand(context, async (session) => {
    await assertWritable(session, signal)
    const format = flags.choice('format', ['gcm', 'floe']) ?? session.settings.format ?? 'gcm'
    // Of the profile, which may name a format that jobs do not store.
    if (format !== 'gcm' && format !== 'floe')
      throw usageError(
        `jobs store objects as gcm or floe, and not as ${format}, as the profile has it`,
        'give --format',
      )
    return {
      operation: 'encrypt',
      format,
      encryptionContext: flags.pairs('context'),
      ...(flags.on('keep') && { keep: true }),
      ...(flags.on('appendable') && { appendable: true }),
      ...namedCmks(session.settings),
    }
  })
  return tally.exit
}
