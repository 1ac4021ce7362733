import type { CommandSpec } from '../command-spec.js'
import { optionsOf } from '../command-options.js'

interface Completions {
  /** The words so far, and what can follow them. */
  readonly words: ReadonlyMap<string, readonly { readonly word: string; readonly summary: string }[]>
}

/** The script that completes the command in a shell; undefined for a shell that is none of the three. */
export function writeCompletion(shell: string, commands: readonly CommandSpec[]): string | undefined {
  const writers: Readonly<Record<string, (completions: Completions) => string>> = { bash, zsh, fish }
  return Object.hasOwn(writers, shell) ? writers[shell]?.(collect(commands)) : undefined
}

function collect(commands: readonly CommandSpec[]): Completions {
  const words = new Map<string, { word: string; summary: string }[]>()
  const add = (before: string, word: string, summary: string) => {
    const list = words.get(before) ?? []
    if (!list.some((each) => each.word === word)) list.push({ word, summary })
    words.set(before, list)
  }
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ')
    add('', first, second === undefined ? spec.summary : `${first}: ${second} and more`)
    if (second !== undefined) add(first, second, spec.summary)
    for (const [flags, description] of optionsOf(spec)) {
      for (const flag of flags.match(/--[a-z-]+/g) ?? []) add(spec.name, flag, description)
    }
  }
  return { words }
}

function bash({ words }: Completions): string {
  const cases = [...words].map(
    ([before, list]) =>
      `    ${JSON.stringify(before)}) words=${JSON.stringify(list.map(({ word }) => word).join(' '))} ;;`,
  )
  return `_osscrypt() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="" words="" index
  for ((index = 1; index < COMP_CWORD && index <= 2; index++)); do
    case "\${COMP_WORDS[index]}" in -* | *[/.:]*) break ;; esac
    [[ $index == 2 && " keys uploads local config " != *" $before "* ]] && break
    before="\${before:+$before }\${COMP_WORDS[index]}"
  done
  case "$before" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  if [[ $current == -* || -z $before || " keys uploads local config " == *" $before "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -o default -F _osscrypt osscrypt
`.trimEnd()
}

function zsh({ words }: Completions): string {
  const cases = [...words].map(([before, list]) => {
    const items = list.map(({ word, summary }) => quote(`${word}:${summary.replaceAll(':', '\\:')}`))
    return `    ${quote(before)}) items=(${items.join(' ')}) ;;`
  })
  return `#compdef osscrypt
_osscrypt() {
  local before="" index
  local -a items
  for ((index = 2; index < CURRENT && index <= 3; index++)); do
    case "\${words[index]}" in -* | *[/.:]*) break ;; esac
    [[ $index == 3 && " keys uploads local config " != *" $before "* ]] && break
    before="\${before:+$before }\${words[index]}"
  done
  case "$before" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* || -z $before || " keys uploads local config " == *" $before "* ]]; then
    _describe osscrypt items
  else
    _files
  fi
}
compdef _osscrypt osscrypt`
}

function fish({ words }: Completions): string {
  const groups = ['keys', 'uploads', 'local', 'config']
  const lines = [...words].flatMap(([before, list]) =>
    list.map(({ word, summary }) => {
      const [first = '', second] = before.split(' ')
      const seen = (name: string) => `__fish_seen_subcommand_from ${name}`
      const condition =
        before === ''
          ? '__fish_use_subcommand'
          : second === undefined
            ? seen(first)
            : `${seen(first)}; and ${seen(second)}`
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c osscrypt -n ${quote(condition)} ${what} -d ${quote(summary)}`
    }),
  )
  return [`# Commands with further words: ${groups.join(', ')}`, ...lines].join('\n')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
