import { setMaxListeners } from 'node:events'
import { exitCode } from './exit-codes.js'

/** The reason of the signal that everything is ended with. */
export class Interruption extends Error {
  override readonly name = 'AbortError'
  /** How to go on, where that is possible. */
  hint: string | undefined
}

/**
 * Ends everything under way on Ctrl-C, SIGTERM, or when the terminal is closed; whoever asks twice does not want to wait.
 *
 * @returns What ends the listening.
 */
export function onInterruption(controller: AbortController): () => void {
  // Every transfer listens.
  setMaxListeners(0, controller.signal)
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCode('interrupted'))
    controller.abort(new Interruption('interrupted'))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, interrupt)
  // A terminal that was closed takes nothing more.
  process.stderr.on('error', () => undefined)
  return () => signals.forEach((name) => process.off(name, interrupt))
}
