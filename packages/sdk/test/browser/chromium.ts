import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../../tools/chromium.mjs'

const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))
/** Whether pages can be run here, of the built package. */
export const canRunPages = chromiumPath !== undefined && existsSync(built)

if (!canRunPages) console.warn('There is no Chromium here, or no build: the library is not tested in a browser.')

/** What a page asks of its own server: a JSON value each way. */
export type Answers = Readonly<Record<string, (asked: never) => unknown>>

/** Results by the names of the cases: `passed`, or what went wrong. */
export type PageResults = Readonly<Record<string, string>>

/**
 * Bundles a program, runs it in a page of Chromium, and waits for what it reports; see `report.mjs`.
 *
 * @param program The name of a file beside this one.
 * @param onOrigin Told of the page's origin before it is opened.
 */
export async function runPage(
  program: string,
  answers: Answers,
  onOrigin: (origin: string) => void = () => undefined,
): Promise<PageResults> {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  const closing: (() => unknown)[] = []
  try {
    const files = await bundle(program, join(folder, 'page'))
    let report: (results: PageResults) => void = () => undefined
    let giveUp: (reason: Error) => void = () => undefined
    const reported = new Promise<PageResults>((resolve, reject) => {
      report = resolve
      giveUp = reject
    })
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://page').pathname
      respond(path, request).then(
        ({ type, body }) => response.setHeader('content-type', type).end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    })
    const respond = async (path: string, request: IncomingMessage) => {
      if (path === '/') return { type: 'text/html', body: htmlOf(files.entry) }
      if (path === '/results') {
        report(JSON.parse(await text(request)) as PageResults)
        return { type: 'text/plain', body: '' }
      }
      const answer = answers[path.slice(1)]
      if (answer) {
        const body = JSON.stringify((await answer(JSON.parse(await text(request)) as never)) ?? null)
        return { type: 'application/json', body }
      }
      const type = extname(path) === '.js' ? 'text/javascript' : 'application/octet-stream'
      return { type, body: await readFile(join(files.folder, path)) }
    }
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const origin = `http://127.0.0.1:${String(port)}`
    onOrigin(origin)
    const profile = `--user-data-dir=${join(folder, 'profile')}`
    const browser = spawn(chromiumPath ?? '', ['--headless=new', ...CHROMIUM_FLAGS, profile, `${origin}/`], {
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => browser.once('exit', resolve))
    closing.push(
      () => browser.kill(),
      () => ended,
    )
    browser.once('error', giveUp)
    browser.once('exit', (code) => giveUp(new Error(`Chromium ended with ${String(code)}`)))
    return await reported
  } finally {
    for (const close of closing) await close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A page that also reports that its program did not start, or ended early. */
function htmlOf(entry: string): string {
  return `<!doctype html><script>
    const fail = (reason) => fetch('/results', { method: 'POST', body: JSON.stringify({ page: String(reason?.stack ?? reason) }) })
    addEventListener('error', ({ error, message }) => fail(error ?? message))
    addEventListener('unhandledrejection', ({ reason }) => fail(reason))
  </script><script type="module" src="${entry}" onerror="fail('the program does not load')"></script>`
}

async function bundle(program: string, folder: string): Promise<{ readonly entry: string; readonly folder: string }> {
  const input = fileURLToPath(new URL(program, import.meta.url))
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
    worker: { format: 'es' },
    build: { outDir: folder, target: 'esnext', minify: false, modulePreload: false, rolldownOptions: { input } },
  })
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((each) => ('output' in each ? each.output : []))
  const entry = chunks.find((each) => each.type === 'chunk' && each.isEntry)
  return { entry: `/${entry?.fileName ?? ''}`, folder }
}
