// As a program that forkProgram runs: serves HTTP on 127.0.0.1, and encrypts when it is told to.
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { checkEncryption, encryptMessage } from './encrypt-message.mjs'
import { forkProgram, listenLocally, serveParent } from './forked-program.mjs'

/** How often the event loop is looked at. It is part of every delay that Node measures. */
const RESOLUTION_MS = 1

/**
 * What the server does beside serving: nothing, or encrypt messages, one after the other, until `durationMs` are over.
 *
 * @typedef {{
 *   way: import('./encrypt-message.mjs').Way | 'idle'
 *   source: import('./encrypt-message.mjs').Source
 *   durationMs: number
 * }} Task
 */

/**
 * In milliseconds.
 *
 * @typedef {{ p50: number; p99: number }} Percentiles
 */

/**
 * Starts the server in a process of its own. `carryOut` gives how late the event loop was in the task's time, and not how long it waits to look.
 *
 * @returns {Promise<{ url: string; carryOut: (task: Task) => Promise<Percentiles>; close: () => Promise<void> }>}
 */
export async function startBusyServer() {
  const { started, ask, close } = await forkProgram(import.meta.url, {})
  return { url: started.url, carryOut: ask, close }
}

await serveParent(import.meta.url, async () => {
  await checkEncryption()
  const { url, close } = await listenLocally(createServer((_request, response) => response.end('ok')))
  return { started: { url }, answer: measureDelay, close }
})

/** @param {Task} task */
async function measureDelay(task) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // What is measured is from one look to the next: there has to be one before and one after.
  await setTimeout(5)
  const startMs = performance.now()
  do await (task.way === 'idle' ? setTimeout(task.durationMs) : encryptMessage(task.way, task.source))
  while (performance.now() - startMs < task.durationMs)
  await setTimeout(5)
  delay.disable()
  const milliseconds = (/** @type {number} */ percentile) =>
    Math.max(0, delay.percentile(percentile) / 1e6 - RESOLUTION_MS)
  return { p50: milliseconds(50), p99: milliseconds(99) }
}
