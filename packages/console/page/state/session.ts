import { createSignal } from 'solid-js'
import type { SessionAnswer } from '../../src/api/messages.js'
import { ask } from './api.js'
import { toProblem, type Problem } from './problem.js'

const [session, setSession] = createSignal<SessionAnswer>()
const [sessionProblem, setSessionProblem] = createSignal<Problem>()
export { session, sessionProblem }

/** Asks what the console was started with, and for the buckets. */
export async function loadSession(): Promise<void> {
  setSessionProblem(undefined)
  try {
    setSession(await ask('session', {}))
  } catch (error) {
    setSessionProblem(toProblem(error))
  }
}
