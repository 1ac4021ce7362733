import { compareUtf8, lowerBound } from '../store/utf8-order.js'

/** Which keys a listing is about. */
export interface KeyQuery {
  readonly prefix: string
  /** `''` for none. */
  readonly delimiter: string
  /** Only what comes after it. */
  readonly after: string
  readonly limit: number
}

/** A page of a listing: keys, and what keys have in common up to the delimiter. */
export interface KeyPage {
  readonly keys: readonly string[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins: after the last key or common prefix of this one. */
  readonly next: string | null
}

/** Lists keys out of all of them, which are sorted by their UTF-8 bytes. Those that `isListed` refuses are passed over. */
export function listKeys(sorted: readonly string[], query: KeyQuery, isListed: (key: string) => boolean): KeyPage {
  const { prefix, delimiter, after, limit } = query
  const keys: string[] = []
  const commonPrefixes: string[] = []
  let last: string | null = null
  const from = compareUtf8(after, prefix) > 0 ? after : prefix
  let at = lowerBound(sorted, (key) => compareUtf8(key, from) < 0)
  while (at < sorted.length) {
    const key = sorted[at] ?? ''
    if (!key.startsWith(prefix)) break
    at += 1
    if (key === after || !isListed(key)) continue
    const common = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const name = common < 0 ? key : key.slice(0, common + delimiter.length)
    if (common >= 0 && name === after) {
      at = endOfPrefix(sorted, name)
      continue
    }
    if (keys.length + commonPrefixes.length === limit) return { keys, commonPrefixes, next: last ?? after }
    last = name
    if (common < 0) {
      keys.push(key)
    } else {
      commonPrefixes.push(name)
      at = endOfPrefix(sorted, name)
    }
  }
  return { keys, commonPrefixes, next: null }
}

/** The index of the first key behind all those that begin with `prefix`. */
function endOfPrefix(sorted: readonly string[], prefix: string): number {
  return lowerBound(sorted, (key) => key.startsWith(prefix) || compareUtf8(key, prefix) < 0)
}
