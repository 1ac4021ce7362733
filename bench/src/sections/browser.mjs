import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../tools/chromium.mjs'
import { formatLength } from '../format-length.mjs'
import { listenLocally } from '../forked-program.mjs'

const MIB = 2 ** 20
const GOAL = 0.8

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  if (chromiumPath === undefined) {
    console.log('There is no Chromium here: nothing is measured in a browser.')
    return
  }
  const server = await servePage()
  const browser = await chromium.launch({ executablePath: chromiumPath, args: CHROMIUM_FLAGS })
  try {
    const page = await browser.newPage()
    await page.goto(server.url)
    await page.waitForFunction('globalThis.measure')
    const length = (bench.quick ? 32 : 256) * MIB
    await page.evaluate(`prepare(${length})`)
    const measuring = (/** @type {string} */ name) => async () =>
      Number(await page.evaluate(`measure(${JSON.stringify(name)})`))
    const raw = (/** @type {string} */ what, /** @type {number | undefined} */ goal) => {
      return { name: `Web Crypto, ${what.replace(/^\w+, /, '')}`, measure: measuring(`raw ${what}`), goal }
    }
    const encrypt = [raw('encrypt, one call', GOAL), raw('encrypt, MiB by MiB', GOAL)]
    const decrypt = [raw('decrypt, one call', GOAL), raw('decrypt, MiB by MiB', GOAL)]
    const contests = {
      'put bytes': encrypt,
      // What reading a Blob takes is the browser's.
      'put a Blob': [raw('encrypt, a Blob', GOAL), raw('encrypt, MiB by MiB', undefined)],
      get: decrypt,
      getStream: decrypt,
    }
    for (const format of ['gcm', 'floe']) {
      for (const [what, peers] of Object.entries(contests)) {
        const name = `${what}, ${formatLength(length)}, ${format}`
        await bench.compete({ name, unit: 'MB/s', ours: measuring(`${what}, ${format}`), peers, rounds: 3 })
      }
    }
  } finally {
    await browser.close()
    server.close()
  }
}

/** The page, bundled as it is. */
async function servePage() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../browser/page.mjs', import.meta.url))],
    bundle: true,
    splitting: true,
    outdir: '/',
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  const files = new Map(outputFiles.map(({ path, text }) => [path, text]))
  return listenLocally(
    createServer(({ url = '/' }, response) => {
      const file = files.get(url)
      if (url === '/')
        response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>')
      else if (file === undefined) response.writeHead(404).end()
      else response.setHeader('content-type', 'text/javascript').end(file)
    }),
  )
}
