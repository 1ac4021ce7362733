/** Who is called when a signal is aborted. */
const callbacksOf = new WeakMap<AbortSignal, { readonly callbacks: Set<() => void>; readonly listener: () => void }>()

/**
 * Calls back when a signal is aborted, at once if it is already. However many wait for one signal, there is one listener at it: a caller's signal
 * may be shared by any number of calls, and a platform warns of signals with many listeners.
 *
 * @returns stops that.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => undefined
  if (signal.aborted) {
    callback()
    return () => undefined
  }
  const known = callbacksOf.get(signal) ?? listen(signal)
  // Of its own, for the same function may be given twice.
  const own = () => callback()
  known.callbacks.add(own)
  return () => {
    known.callbacks.delete(own)
    if (known.callbacks.size > 0 || callbacksOf.get(signal) !== known) return
    signal.removeEventListener('abort', known.listener)
    callbacksOf.delete(signal)
  }
}

function listen(signal: AbortSignal) {
  const callbacks = new Set<() => void>()
  const listener = () => {
    callbacksOf.delete(signal)
    for (const callback of [...callbacks]) callback()
  }
  const known = { callbacks, listener }
  signal.addEventListener('abort', listener, { once: true })
  callbacksOf.set(signal, known)
  return known
}
