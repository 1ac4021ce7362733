import type { KeyQuery, Page } from '../protocol/backend.js'
import { compareUtf8, lowerBound } from './utf8-order.js'

/** Lists keys out of all of them, which are sorted by their UTF-8 bytes. Those that `isListed` refuses are passed over. */
export function listKeys(sorted: readonly string[], query: KeyQuery, isListed: (key: string) => boolean): Page<string> {
  const { prefix, delimiter, after, limit } = query
  const entries: string[] = []
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
    if (entries.length + commonPrefixes.length === limit) return { entries, commonPrefixes, next: last ?? after }
    last = name
    if (common < 0) {
      entries.push(key)
    } else {
      commonPrefixes.push(name)
      at = endOfPrefix(sorted, name)
    }
  }
  return { entries, commonPrefixes, next: null }
}

/** The index of the first key behind all those that begin with `prefix`. */
function endOfPrefix(sorted: readonly string[], prefix: string): number {
  return lowerBound(sorted, (key) => key.startsWith(prefix) || compareUtf8(key, prefix) < 0)
}
