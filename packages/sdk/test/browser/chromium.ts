import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../../tools/chromium.mjs'
import { serveProgram, type Answers, type Results } from './program-server.js'

const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))
/** Whether pages can be run here, of the built package. */
export const canRunPages = chromiumPath !== undefined && existsSync(built)

if (!canRunPages) console.warn('There is no Chromium here, or no build: the library is not tested in a browser.')

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
): Promise<Results> {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  const closing: (() => unknown)[] = []
  try {
    const files = await bundle(program, join(folder, 'page'))
    const server = await serveProgram(answers, async (path) => {
      if (path === '/') return { type: 'text/html', body: htmlOf(files.entry) }
      const type = extname(path) === '.js' ? 'text/javascript' : 'application/octet-stream'
      return { type, body: await readFile(join(files.folder, path)) }
    })
    closing.push(server.close)
    onOrigin(server.origin)
    const profile = `--user-data-dir=${join(folder, 'profile')}`
    const browser = spawn(chromiumPath ?? '', ['--headless=new', ...CHROMIUM_FLAGS, profile, `${server.origin}/`], {
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => browser.once('exit', resolve))
    closing.push(
      () => browser.kill(),
      () => ended,
    )
    browser.once('error', server.giveUp)
    browser.once('exit', (code) => server.giveUp(new Error(`Chromium ended with ${String(code)}`)))
    return await server.reported
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
