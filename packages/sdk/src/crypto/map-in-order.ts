/** So many pieces are worked on at a time. */
export const DEFAULT_CONCURRENCY = 4

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
