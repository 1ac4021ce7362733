import type { CommandSpec, OptionSpec } from '../src/command-spec.js'
import { optionsOf } from '../src/command-options.js'
import { commands } from '../src/commands.js'
import { profileEntries } from '../src/config/profile-entries.js'
import { exitCodes } from '../src/exit-codes.js'

/** The parts of docs/CLI.md and CLI-CN.md that are made from the code, by the names of their markers. */
export function renderCliDocs(): Readonly<Record<string, string>> {
  return { commands: renderCommands(), options: renderCommonOptions(), profile: renderProfile(), exits: renderExits() }
}

/** A document with its generated parts replaced. */
export function fillIn(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [from, to] = [`<!-- generated: ${name} -->\n`, `<!-- end of ${name} -->`]
    const [start, end] = [text.indexOf(from), text.indexOf(to)]
    if (start < 0 || end < start) throw new Error(`the document has no place for ${name}`)
    return `${text.slice(0, start + from.length)}\n${part}\n\n${text.slice(end)}`
  }, document)
}

/** The options that every command that talks to the cloud takes: they are shown once. */
function shared(): readonly OptionSpec[] {
  return optionsOf({ ...commands[0]!, options: [], cloud: true })
}

function renderCommands(): string {
  return commands.map(renderCommand).join('\n\n')
}

function renderCommand(spec: CommandSpec): string {
  const usage = `osscrypt ${spec.name}${spec.options.length > 0 ? ' [options]' : ''}${spec.args === undefined ? '' : ` ${spec.args}`}`
  return [
    `### ${spec.name}`,
    `\`${usage}\`: ${spec.summary}.${spec.details === undefined ? '' : ` ${spec.details.replaceAll('\n', ' ')}`}`,
    ...(spec.options.length > 0 ? [table(['option', ''], spec.options.map(optionRow))] : []),
    ['```sh', ...spec.examples, '```'].join('\n'),
  ].join('\n\n')
}

function optionRow([flags, description]: OptionSpec): string[] {
  return [`\`${flags}\``, description]
}

function renderCommonOptions(): string {
  return table(['option', ''], shared().map(optionRow))
}

function renderProfile(): string {
  const rows = Object.entries(profileEntries).map(([name, { description }]) => [`\`${name}\``, description])
  return table(['entry', ''], rows)
}

function renderExits(): string {
  const rows = Object.values(exitCodes).map(([code, description]) => [String(code), description])
  return table(['exit code', ''], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
