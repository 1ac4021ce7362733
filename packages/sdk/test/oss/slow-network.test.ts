import OSS from 'ali-oss'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'

const MIB = 1024 * 1024
const fixture = useCloud()
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** Passes bytes on in both directions, `delayMs` for every chunk that a socket gives. */
async function startSlowLink(delayMs: number): Promise<string> {
  const { port, hostname } = new URL(fixture.cloud.oss.endpoint)
  const pass = (from: Socket, to: Socket): void => {
    sockets.push(from)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.on('data', (chunk) => {
      from.pause()
      to.write(chunk)
      void sleep(delayMs).then(() => from.resume())
    })
  }
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    pass(client, upstream)
    pass(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what is slow, but moves, is not given up', { timeout: 30_000 }, async () => {
  const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: await startSlowLink(10) })
  const client = fixture.client({
    store,
    idleTimeoutMs: 1300,
    memoryLimit: 100 * MIB,
    retry: { maxAttempts: 1, delayMs: () => 0 },
  })
  const plaintext = patternBytes(16 * MIB)
  const start = performance.now()
  await client.put('object', plaintext)
  const putMs = performance.now() - start
  expect(sameBytes((await client.get('object')).content, plaintext)).toBe(true)
  expect(putMs).toBeGreaterThan(1300)
})

test("a consumer that is slow does not lose the object's end", async () => {
  const client = fixture.client({ idleTimeoutMs: 100, memoryLimit: 0 })
  const plaintext = patternBytes(3 * MIB)
  await client.put('object', plaintext)
  const { stream } = await client.getStream('object')
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    if (chunks.length < 5) await sleep(150)
  }
  expect(sameBytes(Buffer.concat(chunks), plaintext)).toBe(true)
})
