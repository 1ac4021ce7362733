import { chooseOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { requirePlain } from '../key-pattern.js'
import { asFolder, describeLocation, parsePrefix } from '../location.js'
import { count, formatBytes } from '../terminal/amounts.js'

export const tree: CommandSpec = {
  name: 'tree',
  summary: 'show what is below a prefix as a tree',
  args: '<prefix>',
  details:
    'By the listing alone: lengths are those that OSS holds, as long as the plaintext or a little longer. Of each folder it says how much is in it. The tree is held in memory: a few hundred bytes an object, --depth and --folders much less.',
  cloud: true,
  options: [
    ['--depth <number>', 'so many folders deep; what is deeper is counted only'],
    ['-d, --folders', 'folders only'],
    ...chooseOptions.filter(([flags]) => !flags.startsWith('--files-from')),
  ],
  examples: ['osscrypt tree oss://my-bucket/', 'osscrypt tree --depth 1 --folders oss://my-bucket/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const location = asFolder(parsePrefix(args[0] ?? ''))
  if (!flags.on('literal')) requirePlain(location, 'tree')
  const [depth, foldersOnly] = [flags.number('depth', 1, 1024) ?? Infinity, flags.on('folders')]
  const { openSession } = await import('../cloud/session.js')
  const { listObjects } = await import('../cloud/list-objects.js')
  const { readNameFilter } = await import('../transfer/name-filter.js')
  const { KeyTree } = await import('../terminal/key-tree.js')
  const { chooses } = await readNameFilter(context)
  const session = await openSession(context)
  const keys = new KeyTree({ depth, foldersOnly })
  for await (const { key, storedLength } of listObjects(session, location, signal)) {
    const name = key.slice(location.key.length)
    if (name !== '' && chooses(name)) keys.add(name, storedLength)
  }
  const prefix = describeLocation(location)
  const { folders, objects, bytes } = keys.total
  if (objects === 0 && location.key !== '') {
    report.note(`there is nothing below ${prefix}`)
    return 'notFound'
  }
  report.answer({ type: 'tree', prefix }, prefix)
  for (const { name, isFolder, line, ...facts } of keys.lines()) {
    report.answer({ type: isFolder ? 'folder' : 'object', key: location.key + name, ...facts }, line)
  }
  const text = [count(folders, 'folder'), count(objects, 'object'), formatBytes(bytes)].join(', ')
  report.answer({ type: 'total', prefix, folders, objects, bytes }, text)
  return 'ok'
}
