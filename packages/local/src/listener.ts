import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { LocalCloudError } from './local-cloud-error.js'

/** A port on 127.0.0.1 that answers. */
export interface Listener {
  readonly port: number
  /** Stops listening and ends every connection, also those in the middle of something. */
  close(): Promise<void>
}

/** How a {@link Listener} listens. */
export interface ListenOptions {
  /** A free one is taken when left out. */
  readonly port?: number | undefined
  /** The longest that a request may take to arrive. */
  readonly requestTimeoutMs: number
  /** Takes a length together with chunks, as OSS does: the chunks decide. */
  readonly isLenient?: boolean
  /** What to answer to bytes that are no request, instead of Node's bare 400. */
  readonly malformedAnswer?: string
  /** Key and certificate, both PEM, for HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export const host = '127.0.0.1'

/** KMS parameters travel in the URL: the context alone can be 8192 characters, each up to nine when encoded. */
const maxHeaderSize = 256 * 1024

/** @throws {LocalCloudError} `PORT_TAKEN` */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  options: ListenOptions,
): Promise<Listener> {
  const settings = {
    maxHeaderSize,
    headersTimeout: Math.min(60_000, options.requestTimeoutMs),
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 60_000,
    insecureHTTPParser: options.isLenient === true,
  }
  const server = options.tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...options.tls })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // A connection that breaks is noticed where it is read or written; without listeners it would end the process.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    handle(request, response).catch(() => response.destroy())
  })
  const { malformedAnswer } = options
  if (malformedAnswer !== undefined) {
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
      else socket.end(malformedAnswer)
    })
  }
  await bind(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  return { port, close: () => closeServer(server) }
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EACCES' ? 'may not be used by this user' : 'is taken'
      const isPort = cause.code === 'EADDRINUSE' || cause.code === 'EACCES'
      reject(isPort ? new LocalCloudError('PORT_TAKEN', `port ${String(port)} on ${host} ${why}`, { cause }) : cause)
    })
    server.listen(port, host, resolve)
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
