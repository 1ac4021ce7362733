/** Whoever waits for the event loop is not to wait longer. */
const MOST_MS = 12

let lastMs = performance.now()
let pending: Promise<void> | undefined

/**
 * What to wait for before more is computed, so that the event loop gets its turn: streams whose bytes are at hand, and large buffers, would keep
 * it from everybody else until they are through. Undefined while it had its turn a moment ago. All that compute wait for the same turn.
 */
export function breath(): Promise<void> | undefined {
  if (!pending && performance.now() - lastMs > MOST_MS) {
    pending = new Promise((resolve) => {
      setImmediate(() => {
        lastMs = performance.now()
        pending = undefined
        resolve()
      })
    })
  }
  return pending
}
