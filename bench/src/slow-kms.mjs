// As a program that forkProgram runs: stands before a KMS, slow and with a limit.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer, request as sendRequest } from 'node:http'
import { forkProgram, listenLocally, serveParent } from './forked-program.mjs'

/**
 * Requests that were passed on, and those that were refused as too many.
 *
 * @typedef {{ served: number; refused: number }} Counts
 */

/** @typedef {{ endpoint: string; latencyMs: number; requestsPerSecond: number }} Options */

/**
 * Starts a proxy in a process of its own before a local KMS, which is near and takes whatever comes: with a real one's distance and limit.
 *
 * @param {Options} options
 * @returns {Promise<{ endpoint: string; count: () => Promise<Counts>; close: () => Promise<void> }>}
 */
export async function startSlowKms(options) {
  const { started, ask, close } = await forkProgram(import.meta.url, options)
  return { endpoint: started.url, count: () => ask(), close }
}

await serveParent(import.meta.url, async (/** @type {Options} */ { endpoint, latencyMs, requestsPerSecond }) => {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const takeFromLimit = createLimit(requestsPerSecond)
  /** @type {Counts} */
  const counts = { served: 0, refused: 0 }
  /** @type {(...exchange: Parameters<import('node:http').RequestListener>) => Promise<void>} */
  const handle = async (incoming, outgoing) => {
    const arrivedMs = performance.now()
    const { method, url: path, headers } = incoming
    const body = Buffer.concat(await incoming.toArray())
    // There and back make no difference to the client: all of the latency is before the answer.
    const answer = (
      /** @type {number} */ status,
      /** @type {any} */ answerHeaders,
      /** @type {Buffer | string} */ text,
    ) =>
      setTimeout(() => outgoing.writeHead(status, answerHeaders).end(text), arrivedMs + latencyMs - performance.now())
    if (!takeFromLimit(arrivedMs)) {
      counts.refused += 1
      const refusal = throttling(headers.host ?? '')
      answer(429, { 'content-type': 'application/json;charset=utf-8' }, JSON.stringify(refusal))
      return
    }
    counts.served += 1
    const passedOn = sendRequest({ agent, hostname, port, method, path, headers })
    passedOn.end(body)
    const [theirs] = await once(passedOn, 'response')
    answer(theirs.statusCode, theirs.rawHeaders, Buffer.concat(await theirs.toArray()))
  }
  const { url, close } = await listenLocally(createServer((incoming, outgoing) => void handle(incoming, outgoing)))
  const closeAll = () => {
    close()
    agent.destroy()
  }
  return { started: { url }, answer: () => counts, close: closeAll }
})

/**
 * Lets so many through in any second.
 *
 * @param {number} perSecond
 */
function createLimit(perSecond) {
  /** @type {number[]} */
  const takenMs = []
  return (/** @type {number} */ nowMs) => {
    while (takenMs[0] !== undefined && takenMs[0] <= nowMs - 1000) takenMs.shift()
    return takenMs.length < perSecond && takenMs.push(nowMs) > 0
  }
}

/** What KMS answers to a request beyond its limit.
 * @param {string} host
 */
function throttling(host) {
  return { RequestId: randomUUID(), Message: 'QPS Limit Exceeded', HostId: host, Code: 'Rejected.Throttling' }
}
