import type { CommandSpec, OptionSpec } from '../command-spec.js'
import { cloudOptions, commonOptions } from '../command-options.js'
import { exitCodes } from '../exit-codes.js'

/** The manual page of a command, in roff, as `man` shows it. */
export function writeManPage(spec: CommandSpec, version: string): string {
  const title = `osscrypt-${spec.name.replaceAll(' ', '-')}`
  const usage = `osscrypt ${spec.name} [options]${spec.args === undefined ? '' : ` ${spec.args}`}`
  return page(title, version, [
    ['NAME', [`${text(title)} \\- ${text(spec.summary)}`]],
    ['SYNOPSIS', ['.B ' + text(usage)]],
    ['DESCRIPTION', paragraphs(`${capital(spec.summary)}.\n\n${spec.details ?? ''}`)],
    ...(spec.options.length > 0 ? [['OPTIONS', options(spec.options)] as const] : []),
    ...(spec.cloud ? [['WHERE OSS AND KMS ARE, AND WHICH KEYS', options(cloudOptions)] as const] : []),
    ['WHAT IS PRINTED', options(commonOptions)],
    ['EXAMPLES', ['.nf', ...spec.examples.map(text), '.fi']],
    ['SEE ALSO', ['.BR osscrypt (1): all commands, and the exit codes.']],
  ])
}

/** The manual page of the command as a whole. */
export function writeMainManPage(commands: readonly CommandSpec[], version: string): string {
  const codes = Object.values(exitCodes).flatMap(([code, says]) => ['.TP', `.B ${code}`, text(says)])
  const list = commands.flatMap(({ name, args = '', summary }) => [
    '.TP',
    `.B ${text(`osscrypt ${name} ${args}`.trimEnd())}`,
    text(summary),
  ])
  return page('osscrypt', version, [
    ['NAME', ['osscrypt \\- encrypted objects in Alibaba Cloud OSS']],
    ['SYNOPSIS', ['.B osscrypt COMMAND [options]']],
    [
      'DESCRIPTION',
      ['What is sent is encrypted on this machine, and what comes back is verified before it is handed out.'],
    ],
    ['COMMANDS', list],
    ['WHERE OSS AND KMS ARE, AND WHICH KEYS', options(cloudOptions)],
    ['WHAT IS PRINTED', options(commonOptions)],
    ['EXIT STATUS', codes],
    ['SEE ALSO', ['Each command has a page of its own, such as', '.BR osscrypt-cp (1).']],
  ])
}

type Section = readonly [title: string, lines: readonly string[]]

function page(title: string, version: string, sections: readonly Section[]): string {
  const head = `.TH ${title.toUpperCase().replaceAll('-', '\\-')} 1 "" "osscrypt ${version}" "osscrypt"`
  return [head, ...sections.flatMap(([name, lines]) => [`.SH "${name}"`, ...lines]), ''].join('\n')
}

function options(list: readonly OptionSpec[]): readonly string[] {
  return list.flatMap(([flags, description]) => ['.TP', `.B ${text(flags)}`, text(`${capital(description)}.`)])
}

function paragraphs(all: string): readonly string[] {
  return all.split('\n\n').flatMap((each) => (each === '' ? [] : ['.PP', text(each.replaceAll('\n', ' '))]))
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What roff obeys, or shows as something else than a terminal types. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '’': '\\(cq',
}

/** Text in which roff finds nothing to obey. */
function text(plain: string): string {
  return plain.replace(/[\\\-"'`^~’]/g, (character) => CHARACTERS[character] ?? character).replace(/^\./, '\\&.')
}
