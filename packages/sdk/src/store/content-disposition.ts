import { isPlainHeaderValue } from './header-text.js'

/**
 * A Content-Disposition as HTTP carries it: a file name that is not ASCII becomes `filename*` (RFC 6266, RFC 5987), beside an ASCII one for clients
 * that do not know that. Anything else stays as it is.
 *
 * @throws TypeError for half of a surrogate pair.
 */
export function encodeContentDisposition(value: string): string {
  if (isPlainHeaderValue(value)) return value
  const hasExtended = /;\s*filename\*\s*=/i.test(value)
  return value.replace(/;\s*filename\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*)/i, (whole, given: string) => {
    if (isPlainHeaderValue(whole)) return whole
    const name = given.startsWith('"') ? given.slice(1, -1).replace(/\\(.)/gs, '$1') : given.trim()
    const fallback = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\]/g, '\\$&')
    return `; filename="${fallback}"${hasExtended ? '' : `; filename*=UTF-8''${encodeExtended(name)}`}`
  })
}

/** Percent-encoded, but for the characters that RFC 5987 has as they are. */
function encodeExtended(text: string): string {
  try {
    return encodeURIComponent(text).replace(
      /['()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  } catch {
    throw new TypeError('the file name in Content-Disposition is no text')
  }
}
