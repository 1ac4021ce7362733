import type { CommandSpec } from '../command-spec.js'
import { optionsOf } from '../command-options.js'
import { longNames, valuesOf, type OptionValues } from './option-values.js'

interface Completions {
  /** The words so far, and what can follow them. */
  readonly words: ReadonlyMap<string, readonly { readonly word: string; readonly summary: string }[]>
  /** Options, and what can follow them. */
  readonly values: ReadonlyMap<string, OptionValues>
  /** Commands with further words. */
  readonly groups: readonly string[]
}

/** Asks for what a path in OSS can go on with. A shell that waits is worse than one that knows nothing. */
const ASK = 'osscrypt complete --retries 0 --timeout 3'

/** The script that completes the command in a shell; undefined for a shell that is none of the three. */
export function writeCompletion(shell: string, commands: readonly CommandSpec[]): string | undefined {
  const writers: Readonly<Record<string, (completions: Completions) => string>> = { bash, zsh, fish }
  return Object.hasOwn(writers, shell) ? writers[shell]?.(collect(commands)) : undefined
}

function collect(commands: readonly CommandSpec[]): Completions {
  const words = new Map<string, { word: string; summary: string }[]>()
  const values = new Map<string, OptionValues>()
  const add = (before: string, word: string, summary: string) => {
    const list = words.get(before) ?? []
    if (!list.some((each) => each.word === word)) list.push({ word, summary })
    words.set(before, list)
  }
  const groups = new Set<string>()
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ')
    add('', first, second === undefined ? spec.summary : `${first}: ${second} and more`)
    if (second !== undefined) {
      groups.add(first)
      add(first, second, spec.summary)
    }
    for (const option of optionsOf(spec)) {
      const known = valuesOf(option)
      for (const name of longNames(option)) {
        add(spec.name, name, option[1])
        if (known) values.set(name, known)
      }
    }
  }
  return { words, values, groups: [...groups] }
}

/** Options whose values are of a kind, as alternatives of a shell's `case`. */
function ofKind(values: Completions['values'], kind: OptionValues): string {
  return [...values]
    .filter(([, each]) => each === kind)
    .map(([name]) => name)
    .join(' | ')
}

/** Options that take one of several words. */
function choices(values: Completions['values']): readonly (readonly [name: string, words: readonly string[]])[] {
  return [...values].flatMap(([name, each]) => (typeof each === 'string' ? [] : [[name, each] as const]))
}

function bash({ words, values, groups }: Completions): string {
  const cases = [...words].map(
    ([before, list]) =>
      `    ${JSON.stringify(before)}) words=${JSON.stringify(list.map(({ word }) => word).join(' '))} ;;`,
  )
  const valueCases = choices(values).map(
    ([name, list]) =>
      `    ${name}) mapfile -t COMPREPLY < <(compgen -W ${quote(list.join(' '))} -- "$current"); return ;;`,
  )
  return `_osscrypt() {
  local line="\${COMP_LINE:0:COMP_POINT}" before="" words="" current rest previous index
  local -a given=()
  COMPREPLY=()
  # Bash takes a colon for the end of a word: words are found in the line.
  current="\${line##*[[:space:]]}"
  rest="\${line%"$current"}"
  rest="\${rest%"\${rest##*[![:space:]]}"}"
  previous="\${rest##*[[:space:]]}"
  case "$previous" in
${valueCases.join('\n')}
    ${ofKind(values, 'profile')}) mapfile -t COMPREPLY < <(compgen -W "$(osscrypt complete --profiles 2>/dev/null)" -- "$current"); return ;;
    ${ofKind(values, 'file')}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    ${ofKind(values, 'folder')}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
  esac
  if [[ $current == oss://* ]]; then
    for ((index = 1; index < COMP_CWORD; index++)); do
      case "\${COMP_WORDS[index]}" in --profile | --config) given+=("\${COMP_WORDS[index]}" "\${COMP_WORDS[index + 1]}") ;; esac
    done
    compopt -o nospace
    mapfile -t COMPREPLY < <(${ASK} "\${given[@]}" -- "$current" 2>/dev/null)
    [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("\${COMPREPLY[@]#oss:}")
    return
  fi
  for ((index = 1; index < COMP_CWORD && index <= 2; index++)); do
    case "\${COMP_WORDS[index]}" in -* | *[/.:]*) break ;; esac
    [[ $index == 2 && " ${groups.join(' ')} " != *" $before "* ]] && break
    before="\${before:+$before }\${COMP_WORDS[index]}"
  done
  case "$before" in
${cases.join('\n')}
  esac
  if [[ $current == -* || -z $before || " ${groups.join(' ')} " == *" $before "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -o default -F _osscrypt osscrypt`
}

function zsh({ words, values, groups }: Completions): string {
  const cases = [...words].map(([before, list]) => {
    const items = list.map(({ word, summary }) => quote(`${word}:${summary.replaceAll(':', '\\:')}`))
    return `    ${quote(before)}) items=(${items.join(' ')}) ;;`
  })
  const valueCases = choices(values).map(([name, list]) => `    ${name}) compadd -- ${list.join(' ')}; return ;;`)
  return `#compdef osscrypt
_osscrypt() {
  local before="" index
  local -a items given
  case "\${words[CURRENT - 1]}" in
${valueCases.join('\n')}
    ${ofKind(values, 'profile')}) compadd -- \${(f)"$(osscrypt complete --profiles 2>/dev/null)"}; return ;;
    ${ofKind(values, 'file')}) _files; return ;;
    ${ofKind(values, 'folder')}) _files -/; return ;;
  esac
  if [[ \${words[CURRENT]} == oss://* ]]; then
    for ((index = 2; index < CURRENT; index++)); do
      case "\${words[index]}" in --profile | --config) given+=("\${words[index]}" "\${words[index + 1]}") ;; esac
    done
    compadd -S '' -- \${(f)"$(${ASK} $given -- "\${words[CURRENT]}" 2>/dev/null)"}
    return
  fi
  for ((index = 2; index < CURRENT && index <= 3; index++)); do
    case "\${words[index]}" in -* | *[/.:]*) break ;; esac
    [[ $index == 3 && " ${groups.join(' ')} " != *" $before "* ]] && break
    before="\${before:+$before }\${words[index]}"
  done
  case "$before" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* || -z $before || " ${groups.join(' ')} " == *" $before "* ]]; then
    _describe osscrypt items
  else
    _files
  fi
}
compdef _osscrypt osscrypt`
}

function fish({ words, values, groups }: Completions): string {
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
      const what = word.startsWith('--') ? `-l ${word.slice(2)}${fishValues(values.get(word))}` : `-f -a ${word}`
      return `complete -c osscrypt -n ${quote(condition)} ${what} -d ${quote(summary)}`
    }),
  )
  const paths = `complete -c osscrypt -n 'string match -q "oss://*" -- (commandline -ct)' -f -a '(${ASK} -- (commandline -ct) 2>/dev/null)'`
  return [`# Commands with further words: ${groups.join(', ')}`, ...lines, paths].join('\n')
}

function fishValues(values: OptionValues | undefined): string {
  if (values === undefined) return ''
  if (values === 'file') return ' -r -F'
  if (values === 'folder') return " -x -a '(__fish_complete_directories (commandline -ct))'"
  if (values === 'profile') return " -x -a '(osscrypt complete --profiles 2>/dev/null)'"
  return ` -x -a ${quote(values.join(' '))}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
