import { usageError } from '../command-error.js'
import { readOptions, writeOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { parseLocation } from '../location.js'

export const sync: CommandSpec = {
  name: 'sync',
  summary: 'make a folder or prefix like another',
  args: '<source> <target>',
  details:
    'Transfers what is missing, of another length, or older than the source; nothing else. --checksum also reads objects of the same\nlength and age, decrypts them and compares: OSS holds no checksum of the plaintext. What is only at the target stays, unless\n--delete is given; with it, a sync in which something failed deletes nothing.',
  cloud: true,
  options: [
    ['--checksum', 'compare contents, not only length and time: reads every object'],
    ['--delete', 'delete what is only at the target'],
    ['-j, --jobs <number>', 'how many objects are on their way at once (default 8)'],
    ['--dry-run', 'say what would be done, and do nothing'],
    ...writeOptions,
    ...readOptions,
  ],
  examples: [
    'osscrypt sync photos oss://my-bucket/photos/',
    'osscrypt sync --delete oss://my-bucket/photos/ photos-copy',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [source, target] = [parseLocation(args[0] ?? ''), parseLocation(args[1] ?? '')]
  if (source.kind !== 'oss' && target.kind !== 'oss') throw usageError('neither side is in OSS')
  const { openSession } = await import('../cloud/session.js')
  const { placeOf } = await import('../transfer/run-transfer.js')
  const { readTransferOptions } = await import('../transfer/transfer-options.js')
  const { reportFolder, transferFolder } = await import('../transfer/transfer-folder.js')
  const { contentsDiffer } = await import('../transfer/compare-contents.js')
  const { deleteExtras } = await import('../transfer/delete-extras.js')
  const session = await openSession(context)
  const options = { ...readTransferOptions(context, session.settings), overwriting: 'update' as const }
  const transfer = { session, report, signal, options }
  const [from, to] = [placeOf(transfer, source), placeOf(transfer, target)]
  if (from.object && to.object?.bucket === from.object.bucket && to.object.key.startsWith(from.object.key)) {
    throw usageError('the target is inside the source')
  }
  const checksum = flags.on('checksum')
  const result = await transferFolder(transfer, from, to, {
    verb: 'synced',
    ...(checksum ? { differs: (entry) => contentsDiffer(transfer, from, to, entry.name) } : {}),
  })
  let deleted = 0
  if (flags.on('delete')) {
    if (result.failed > 0) report.note('something failed: nothing is deleted')
    else deleted = await deleteExtras(transfer, from, to)
  }
  return reportFolder(transfer, result, flags.on('delete') ? { deleted } : {})
}
