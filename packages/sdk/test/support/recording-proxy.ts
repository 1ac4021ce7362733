import { createServer, request as sendRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

/** A request as it went over the wire. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  /** What arrived of the body. */
  body(): Buffer
  /** Whether the request arrived whole. */
  complete: boolean
}

/** Stands before a service, passes everything on and writes it down. */
export interface RecordingProxy {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly requests: WireRequest[]
  /** Cuts the connection once so many bytes of a request's body have come; one number for each request with a body, in order. */
  readonly cutAfter: number[]
}

const ends: (() => Promise<void>)[] = []

/** Ends the proxies that a test started. To be called at the top of a test file. */
export function endProxiesAfterEach(): void {
  afterEach(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  })
}

/** Starts a proxy before the service at `target`. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target)
  const requests: WireRequest[] = []
  const cutAfter: number[] = []
  const server = createServer({ maxHeaderSize: 256 * 1024 }, (incoming, outgoing) => {
    const { method = '', url = '', headers, rawHeaders } = incoming
    const chunks: Buffer[] = []
    const cut = method === 'PUT' ? (cutAfter.shift() ?? Infinity) : Infinity
    const noted: WireRequest = {
      method,
      url,
      headers,
      rawHeaders,
      body: () => Buffer.concat(chunks).subarray(0, cut),
      complete: false,
    }
    requests.push(noted)
    let length = 0
    const passedOn = sendRequest({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
      answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
    })
    passedOn.on('error', () => outgoing.destroy())
    outgoing.on('error', () => passedOn.destroy())
    incoming.on('error', () => passedOn.destroy())
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < cut) passedOn.write(chunk)
      else {
        incoming.socket.destroy()
        passedOn.destroy()
      }
    })
    incoming.on('end', () => {
      noted.complete = true
      passedOn.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  )
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, cutAfter }
}
