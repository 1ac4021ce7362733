import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

/** An HTTP server that stands for KMS, or for whatever else is asked. */
export interface AnsweringServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  /** Method, URL and headers of every request. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[]
  /** What is done with the next requests. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** Answers with JSON. */
export const json =
  (body: unknown, status = 200) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

/** Answers with text of some type. */
export const text =
  (body: string, status = 200, type = 'application/json') =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': type }).end(body)
  }

/** Starts a server that ends with the tests of the file. */
export async function startAnsweringServer(): Promise<AnsweringServer> {
  const server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    request.resume()
    answering.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const requests: AnsweringServer['requests'] = []
  const { port } = server.address() as AddressInfo
  const answering: AnsweringServer = { endpoint: `http://127.0.0.1:${port}`, requests, answer: json({}) }
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return answering
}
