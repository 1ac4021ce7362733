import { sourceChanged, type OpenSource } from './source.js'

/**
 * Bytes in memory. They are not copied; that they are not there any more can be seen: a buffer can be transferred to somewhere else, or made shorter.
 *
 * @param cut Gives bytes in pieces of moderate length.
 */
export function openBytes(bytes: Uint8Array, cut: (bytes: Uint8Array) => AsyncIterable<Uint8Array>): OpenSource {
  const { length } = bytes
  return {
    length,
    rereadable: true,
    bytes,
    mime: undefined,
    read: (_signal, start = 0) => {
      if (bytes.length !== length) throw sourceChanged()
      return cut(bytes.subarray(start))
    },
    isUnchanged: () => Promise.resolve(bytes.length === length),
    discard: () => Promise.resolve(),
  }
}
