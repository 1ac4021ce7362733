import type { ByteRange } from '../store/object-store.js'
import { planDownload } from '../transfer/download-plan.js'
import { assertRange, type RangeResult } from './get-range.js'
import type { ClientParts, ReadOptions } from './open-object.js'
import { openRandomAccess } from './random-access.js'

/** Options of reading several parts of an object. */
export interface GetRangesOptions extends ReadOptions {
  /** How many parts are read at a time: 1 to 64. Default 4. */
  readonly parallel?: number | undefined
  /** The most bytes of a part that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** Reads several parts of a `floe` object. */
export async function getRanges(
  parts: ClientParts,
  name: string,
  ranges: readonly ByteRange[],
  { parallel: wanted, maxBufferLength, ...options }: GetRangesOptions,
): Promise<Pick<RangeResult, 'content' | 'range'>[]> {
  const { parallel } = planDownload({ parallel: wanted })
  for (const range of ranges) assertRange(range)
  const object = await openRandomAccess(parts, name, options)
  try {
    const results: Pick<RangeResult, 'content' | 'range'>[] = []
    const waiting = [...ranges.entries()]
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        results[next[0]] = await object.read(next[1], { maxBufferLength })
      }
    }
    await Promise.all(Array.from({ length: Math.min(parallel, ranges.length) }, work))
    return results
  } finally {
    object.close()
  }
}
