/** How the bytes of a large object are fetched. */
export interface PartOptions {
  /** How many parts are fetched at a time: 1 to 64. Default 4. */
  readonly parallel?: number | undefined
  /** Bytes of ciphertext in a part: 64 KiB to 1 GiB. Default 8 MiB; with a checkpoint 3 MiB, `parallel` parts of which are held in memory. */
  readonly partLength?: number | undefined
}

/** {@link PartOptions}, checked. */
export interface DownloadPlan {
  readonly parallel: number
  readonly partLength: number | undefined
  /** An object up to this length comes as one stream. */
  readonly oneStreamLength: number
}

const DEFAULT_PARALLEL = 4
const MAX_PARALLEL = 64
const MIN_PART_LENGTH = 64 * 1024
const MAX_PART_LENGTH = 1024 * 1024 * 1024
const ONE_STREAM_LENGTH = 16 * 1024 * 1024

/** @throws RangeError. */
export function planDownload({ parallel = DEFAULT_PARALLEL, partLength }: PartOptions): DownloadPlan {
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= MAX_PARALLEL)) {
    throw new RangeError(`parallel: from 1 to ${String(MAX_PARALLEL)} parts at a time`)
  }
  const given = partLength === undefined || (Number.isInteger(partLength) && partLength >= MIN_PART_LENGTH)
  if (!given || (partLength ?? 0) > MAX_PART_LENGTH) {
    throw new RangeError(`partLength: from ${String(MIN_PART_LENGTH)} to ${String(MAX_PART_LENGTH)} bytes`)
  }
  return { parallel, partLength, oneStreamLength: parallel === 1 ? Infinity : (partLength ?? ONE_STREAM_LENGTH) }
}
