// As a program that forkProgram runs: a network in front of services of this machine, with a pace and a length of its own.
import { createServer, connect } from 'node:net'
import { forkProgram, serveParent } from './forked-program.mjs'
import { Link, Pipe } from './network-link.mjs'

/**
 * Bytes that went to a service and came from it.
 *
 * @typedef {{ sent: number; received: number }} ByteCounts
 */

/**
 * Stands between this process and a cloud, in a process of its own. Each direction is a link of so many bytes per second, which all connections
 * share; every byte arrives half a round trip after it left, and a new connection takes a round trip. There is neither loss nor slow start: each
 * connection has a window of what the network holds, from its beginning.
 *
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {{ bytesPerSecond: number; roundTripMs: number }} shape
 * @returns {Promise<{
 *   cloud: import('./local-cloud.mjs').Cloud
 *   takeByteCounts: () => Promise<{ oss: ByteCounts; kms: ByteCounts }>
 *   readProcessorMs: () => Promise<number>
 *   close: () => Promise<void>
 * }>} `cloud`: the same through the network; `takeByteCounts`: what has moved since the last time, HTTP headers included; `readProcessorMs`: how
 *   long it has kept processors busy.
 */
export async function startShapedNetwork(cloud, shape) {
  const { ossOptions, kmsEndpoint } = cloud
  const endpoints = [ossOptions.endpoint, kmsEndpoint]
  const ports = endpoints.map((endpoint) => Number(new URL(endpoint).port))
  const { started, ask, ...rest } = await forkProgram(import.meta.url, { ports, ...shape })
  const [endpoint = '', shapedKms = ''] = started.ports.map((/** @type {number} */ port) => `http://127.0.0.1:${port}`)
  return {
    cloud: { ...cloud, ossOptions: { ...ossOptions, endpoint }, kmsEndpoint: shapedKms },
    takeByteCounts: async () => {
      const [oss, kms] = await ask()
      return { oss, kms }
    },
    ...rest,
  }
}

/** @typedef {{ ports: number[]; bytesPerSecond: number; roundTripMs: number }} Options */

await serveParent(import.meta.url, async (/** @type {Options} */ { ports, bytesPerSecond, roundTripMs }) => {
  const there = new Link(bytesPerSecond / 1000, roundTripMs / 2)
  const back = new Link(bytesPerSecond / 1000, roundTripMs / 2)
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  const fronts = ports.map((port) => {
    const counts = { sent: 0, received: 0 }
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      const service = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
      joinSockets(client, service)
      for (const socket of [client, service]) {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      }
      new Pipe(client, service, there, (bytes) => (counts.sent += bytes))
      new Pipe(service, client, back, (bytes) => (counts.received += bytes))
      // Nothing is sent before the connection is there; until then the socket is paused.
      setTimeout(() => client.resume(), roundTripMs)
    })
    return { server, counts }
  })
  await Promise.all(
    fronts.map(({ server }) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(0)))),
  )
  const listening = fronts.map(({ server }) => /** @type {import('node:net').AddressInfo} */ (server.address()).port)
  return {
    started: { ports: listening },
    answer: () =>
      fronts.map(({ counts }) => {
        const taken = { ...counts }
        counts.sent = 0
        counts.received = 0
        return taken
      }),
    close: () => {
      for (const { server } of fronts) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
})

/** When one side of a connection breaks, so does the other: whoever reads or writes it is told by that.
 * @param {import('node:net').Socket} one
 * @param {import('node:net').Socket} other
 */
function joinSockets(one, other) {
  one.on('error', () => other.destroy())
  other.on('error', () => one.destroy())
  one.once('close', (broken) => broken && other.destroy())
  other.once('close', (broken) => broken && one.destroy())
}
