/** Reads items ahead of who takes them, so that it is known early how many there are. @param onItem Told of each when it is read. */
export async function* readAhead<Item>(
  items: AsyncIterable<Item>,
  most: number,
  onItem: (item: Item) => void,
): AsyncGenerator<Item> {
  const ready: Item[] = []
  const state: { ended: boolean; failure: { readonly error: unknown } | undefined } = {
    ended: false,
    failure: undefined,
  }
  let wake: () => void = () => undefined
  const changed = () => new Promise<void>((resolve) => (wake = resolve))
  let change = changed()
  const signalChange = () => {
    const before = wake
    change = changed()
    before()
  }
  // Others end it, too, while it waits.
  const hasEnded = () => state.ended
  const reading = (async () => {
    try {
      for await (const item of items) {
        if (state.ended) return
        onItem(item)
        ready.push(item)
        signalChange()
        while (ready.length >= most && !hasEnded()) await change
      }
    } catch (error) {
      state.failure = { error }
    } finally {
      state.ended = true
      signalChange()
    }
  })()
  try {
    for (;;) {
      const next = ready.shift()
      if (next !== undefined) {
        signalChange()
        yield next
      } else if (state.ended) break
      else await change
    }
    if (state.failure) throw state.failure.error
  } finally {
    state.ended = true
    signalChange()
    await reading
  }
}
