import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const INTERVAL_MS = 5

/**
 * Sends 200 requests a second, whether those before are answered or not, as long as `work` takes.
 *
 * @param {string} url
 * @param {Promise<unknown>} work
 * @returns {Promise<number[]>} how long each took in milliseconds, in ascending order
 */
export async function requestSteadily(url, work) {
  const agent = new Agent({ keepAlive: true })
  /** @type {Promise<number>[]} */
  const answers = []
  const state = { isOver: false }
  const over = work.finally(() => {
    state.isOver = true
  })
  try {
    const startMs = performance.now()
    while (!state.isOver) {
      answers.push(requestOnce(url, agent))
      await setTimeout(Math.max(0, startMs + answers.length * INTERVAL_MS - performance.now()))
    }
    await over
    return (await Promise.all(answers)).sort((left, right) => left - right)
  } finally {
    agent.destroy()
  }
}

/**
 * @param {string} url
 * @param {Agent} agent
 */
async function requestOnce(url, agent) {
  const startMs = performance.now()
  const [response] = await once(request(url, { agent }).end(), 'response')
  await response.toArray()
  return performance.now() - startMs
}
