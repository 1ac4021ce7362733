/**
 * Does `work` for every item, `jobs` of them at a time. Ends with the first error; what is under way is waited for.
 *
 * @throws what `work` or the items throw; the signal's reason.
 */
export async function runInParallel<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  jobs: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = (async function* () {
    yield* items
  })()
  const failures: unknown[] = []
  const worker = async () => {
    try {
      while (failures.length === 0 && !signal.aborted) {
        const next = await iterator.next()
        if (next.done) return
        await work(next.value)
      }
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  await iterator.return(undefined)
  signal.throwIfAborted()
  if (failures.length > 0) throw failures[0]
}

/** The same, with the results in the order of the items. */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  jobs: number,
  signal: AbortSignal,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  await runInParallel(items.entries(), jobs, signal, async ([index, item]) => {
    results[index] = await map(item)
  })
  return results
}
