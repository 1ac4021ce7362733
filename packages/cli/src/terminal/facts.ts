type Text = string | number | boolean | undefined
type Fact = Text | readonly Text[] | Readonly<Record<string, Text>>

/** Names and what they are, a line each: lists and records take a line for each of their entries; what is undefined is left out. */
export function formatFacts(facts: Readonly<Record<string, Fact>>): readonly string[] {
  const lines = Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return []
    if (isList(value)) return value.map((item) => [words(name), String(item)])
    if (typeof value === 'object') {
      return Object.entries(value).map(([key, item]) => [words(name), `${key} = ${String(item)}`])
    }
    return [[words(name), String(value)]]
  })
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}

/** `storedLength` as `stored length`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function isList(fact: Fact): fact is readonly Text[] {
  return Array.isArray(fact)
}
