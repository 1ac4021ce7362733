import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const man: CommandSpec = {
  name: 'man',
  summary: 'print the manual page of a command, or write all pages',
  args: '[command...]',
  details:
    'In the form that man reads, made of what --help shows. With --folder, the pages of all commands are written to man1 in that folder, which MANPATH may name.',
  cloud: false,
  options: [['--folder <folder>', 'write the pages of all commands there']],
  examples: ['osscrypt man cp > osscrypt-cp.1', 'osscrypt man --folder man-pages'],
  run,
}

async function run({ args, flags, report, commands }: CommandContext): Promise<ExitName> {
  const { writeMainManPage, writeManPage } = await import('../help/write-man-page.js')
  const { readVersion } = await import('../version.js')
  const version = await readVersion()
  const folder = flags.text('folder')
  if (folder !== undefined) {
    if (args.length > 0) throw usageError('--folder takes the pages of all commands')
    const pages: readonly (readonly [name: string, page: string])[] = [
      ['osscrypt', writeMainManPage(commands, version)],
      ...commands.map((spec) => [`osscrypt-${spec.name.replaceAll(' ', '-')}`, writeManPage(spec, version)] as const),
    ]
    await mkdir(join(folder, 'man1'), { recursive: true })
    for (const [name, page] of pages) await writeFile(join(folder, 'man1', `${name}.1`), page)
    report.event(
      { type: 'man', folder, pages: pages.length },
      `written: ${pages.length} pages in ${join(folder, 'man1')}`,
    )
    return 'ok'
  }
  const name = args.join(' ')
  const spec = commands.find((each) => each.name === name)
  if (name !== '' && !spec)
    throw usageError(`there is no command ${JSON.stringify(name)}`, '`osscrypt help` lists them')
  const page = spec ? writeManPage(spec, version) : writeMainManPage(commands, version)
  report.answer({ type: 'man', command: name, page }, page.split('\n'))
  return 'ok'
}
