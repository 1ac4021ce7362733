// A user's application, as a page finds it: its files, what is installed, and its broker under /osscrypt.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import OSS from 'ali-oss'

/** @import { AddressInfo } from 'node:net' */
/** @import { LocalCloud } from 'osscrypt-local' */

const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
})

/**
 * @param {{
 *   readonly consumer: string, readonly folder: string, readonly cloud: LocalCloud, readonly cmkArn: string, readonly bucket: string,
 * }} parts `consumer`: where everything is installed; `folder`: the application's own files.
 * @returns {Promise<{ readonly origin: string, readonly close: () => void }>}
 */
export async function serveSite({ consumer, folder, cloud, cmkArn, bucket }) {
  const { KmsDataKeyProvider } = await importInstalled(consumer, 'index.js')
  const { createBroker } = await importInstalled(consumer, 'broker.js')
  const { corsRule } = await importInstalled(consumer, 'oss.js')
  const { toNodeHandler } = await importInstalled(consumer, 'broker-node.js')
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    if (pathname === '/osscrypt') return void broker(request, response)
    serveFile(pathname).then(
      ({ headers, body }) => response.writeHead(200, headers).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}`
  await new OSS(cloud.ossOptions(bucket)).putBucketCORS(bucket, [corsRule([origin])])
  const broker = toNodeHandler(
    createBroker({
      dataKeys: new KmsDataKeyProvider(cmkArn, cloud.kmsOptions()),
      bucket: { bucket, region: 'cn-hangzhou', url: `${cloud.oss.endpoint}/${bucket}` },
      credentials: cloud.credentials,
      origins: [origin],
      authorize: () => ({ user: 'anna' }),
      audit: () => undefined,
      onError: (/** @type {unknown} */ error) => console.error(error),
    }),
  )

  /** @param {string} pathname */
  async function serveFile(pathname) {
    const path = pathname === '/' ? '/index.html' : pathname
    const body = await readFile(join(path.startsWith('/node_modules/') ? consumer : folder, path))
    const headers = { 'content-type': types[extname(path)] ?? 'application/octet-stream' }
    return { body, headers: { ...headers, 'content-security-policy': policyOf(body, cloud.oss.endpoint) } }
  }

  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin, close }
}

/** Scripts of the site alone, and none that are compiled from text, or are WebAssembly; an import map that stands in the page by its hash.
 * @param {Buffer} body
 * @param {string} oss
 */
function policyOf(body, oss) {
  const [, map] = /<script type="importmap">([^<]*)<\/script>/.exec(body.toString('utf8')) ?? []
  const hash = map === undefined ? '' : ` 'sha256-${createHash('sha256').update(map).digest('base64')}'`
  return `default-src 'none'; script-src 'self'${hash}; worker-src 'self'; connect-src 'self' ${oss}`
}

/**
 * @param {string} consumer
 * @param {string} file
 */
async function importInstalled(consumer, file) {
  return import(pathToFileURL(join(consumer, 'node_modules/osscrypt/dist', file)).href)
}
