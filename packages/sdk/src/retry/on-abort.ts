interface Listening {
  readonly listeners: Set<() => void>
  readonly abort: () => void
}

const listening = new WeakMap<AbortSignal, Listening>()

/**
 * Calls `listener` when the signal is aborted. However many listen to a signal, it has one listener of theirs: a program may give one to all of
 * its calls, and platforms warn of a leak from the eleventh listener on.
 *
 * @returns what ends it. A signal that is aborted already calls nobody.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal || signal.aborted) return () => undefined
  const { listeners, abort } = listening.get(signal) ?? listenTo(signal)
  // The same function may listen several times.
  const entry = () => {
    listener()
  }
  listeners.add(entry)
  return () => {
    listeners.delete(entry)
    if (listeners.size > 0 || listening.get(signal)?.listeners !== listeners) return
    signal.removeEventListener('abort', abort)
    listening.delete(signal)
  }
}

function listenTo(signal: AbortSignal): Listening {
  const listeners = new Set<() => void>()
  const abort = () => {
    listening.delete(signal)
    for (const listener of [...listeners]) listener()
  }
  signal.addEventListener('abort', abort, { once: true })
  const found = { listeners, abort }
  listening.set(signal, found)
  return found
}
