export function formatNumber(value: number): string {
  return value.toLocaleString('en')
}

/** Bytes as people read them. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`
}

/** Names of prefixes and CMKs are others' text: no markup, and nothing that turns the line round. */
export function escape(text: string): string {
  return text.replace(
    /[&<>"'\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) =>
      `&#${String(/\p{Cs}|\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(character) ? 0xfffd : character.codePointAt(0))};`,
  )
}
