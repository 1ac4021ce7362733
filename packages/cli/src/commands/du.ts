import { chooseOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { requirePlain } from '../key-pattern.js'
import { asFolder, describeLocation, parsePrefix } from '../location.js'
import { count, formatBytes } from '../terminal/amounts.js'

export const du: CommandSpec = {
  name: 'du',
  summary: 'count objects below prefixes, and the bytes that OSS holds of them',
  args: '<prefix...>',
  details: 'By the listing alone. What OSS holds is as long as the plaintext, or a little longer (floe, padding).',
  cloud: true,
  options: chooseOptions.filter(([flags]) => !flags.startsWith('--files-from')),
  examples: ['osscrypt du oss://my-bucket/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const locations = args.map((arg) => asFolder(parsePrefix(arg)))
  if (!flags.on('literal')) locations.forEach((location) => requirePlain(location, 'du'))
  const { openSession } = await import('../cloud/session.js')
  const { listObjects } = await import('../cloud/list-objects.js')
  const { readNameFilter } = await import('../transfer/name-filter.js')
  const { chooses } = await readNameFilter(context)
  const session = await openSession(context)
  for (const location of locations) {
    let [objects, bytes] = [0, 0]
    for await (const { key, storedLength } of listObjects(session, location, signal)) {
      if (!chooses(key.slice(location.key.length))) continue
      objects++
      bytes += storedLength
    }
    const prefix = describeLocation(location)
    report.answer(
      { type: 'usage', prefix, objects, bytes },
      `${formatBytes(bytes)}  ${count(objects, 'object')}  ${prefix}`,
    )
  }
  return 'ok'
}
