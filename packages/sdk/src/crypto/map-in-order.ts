/** So many pieces are worked on at a time. */
const DEFAULT_CONCURRENCY = 4

/**
 * Works on several inputs at a time, and gives the results in the order of the inputs. An input is asked for when there is a place for it, and is
 * its giver's again as soon as `work` has returned its promise. When one fails, what is under way is waited for, and its results are dropped.
 */
export async function* mapInOrder<Input, Output>(
  inputs: AsyncIterable<Input>,
  work: (input: Input) => Promise<Output>,
  concurrency = DEFAULT_CONCURRENCY,
): AsyncGenerator<Output> {
  const underWay: Promise<Output>[] = []
  try {
    for await (const input of inputs) {
      const output = work(input)
      // It is awaited in its turn; until then a failure has to have a handler.
      output.catch(() => undefined)
      underWay.push(output)
      const first = underWay.length >= concurrency ? underWay.shift() : undefined
      if (first) yield await first
    }
    for (let first = underWay.shift(); first; first = underWay.shift()) yield await first
  } finally {
    await Promise.allSettled(underWay)
  }
}

/** More at a time help nobody. */
const MAX_CONCURRENCY = 64

/**
 * A caller's setting.
 *
 * @throws RangeError.
 */
export function assertConcurrency(concurrency: number | undefined): number | undefined {
  if (concurrency === undefined) return undefined
  if (Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= MAX_CONCURRENCY) return concurrency
  throw new RangeError(`concurrency: from 1 to ${String(MAX_CONCURRENCY)} pieces at a time`)
}

/** As many bytes may be worked on at a time, whatever was asked for; two pieces always. */
const MOST_BYTES = 2 * 1024 * 1024

/** How many pieces of a length are worked on at a time, where `concurrency` was asked for: large ones take memory. */
export function concurrencyFor(length: number, concurrency = DEFAULT_CONCURRENCY): number {
  return Math.min(concurrency, Math.max(2, Math.floor(MOST_BYTES / length)))
}

/** How many pieces each of several stretches that are worked on at a time may work on. */
export function shareOf(concurrency = DEFAULT_CONCURRENCY, works = DEFAULT_CONCURRENCY): number {
  return Math.max(1, Math.floor(concurrency / works))
}

/**
 * Buffers for the inputs of {@link mapInOrder}, which are used again when what was in them is done with: new memory costs as much time as encrypting it.
 *
 * @param length Of each.
 */
export function reuseBuffers(length: number, concurrency = DEFAULT_CONCURRENCY): () => Uint8Array<ArrayBuffer> {
  const buffers: Uint8Array<ArrayBuffer>[] = []
  let next = 0
  return () => {
    // One more than are worked on: the one that is being filled.
    const buffer = (buffers[next] ??= new Uint8Array(length))
    next = (next + 1) % (concurrency + 1)
    return buffer
  }
}
