import { createServer, type IncomingHttpHeaders } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

/** A forward proxy, which makes tunnels. */
export interface ConnectProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** What tunnels were asked for. */
  readonly tunnels: { readonly target: string; readonly headers: IncomingHttpHeaders }[]
  /** What CONNECT is answered with; undefined: nothing. */
  status: number | undefined
}

/** Starts a proxy that ends with the tests of the file. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const server = createServer((_request, response) => response.writeHead(405).end())
  const open = new Set<{ destroy(): unknown }>()
  server.on('connect', ({ url = '', headers }, client, head) => {
    proxy.tunnels.push({ target: url, headers })
    open.add(client)
    client.on('error', () => undefined)
    if (proxy.status === undefined) return
    if (proxy.status !== 200) {
      client.end(`HTTP/1.1 ${proxy.status} No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(`http://${url}`)
    const target = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.write(head)
      target.pipe(client).pipe(target)
    })
    open.add(target)
    target.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: ConnectProxy = { url: `http://127.0.0.1:${port}`, tunnels: [], status: 200 }
  afterAll(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return proxy
}
