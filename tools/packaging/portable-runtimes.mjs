// Where there is nothing of Node: pages out of bundles, as the bundlers make them with no configuration, pages without one, and servers of workers.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromiumPath } from '../chromium.mjs'
import { importMapOf } from './import-map.mjs'

/** @import { Runtime } from './runtimes.mjs' */

const missing = chromiumPath === undefined ? 'there is no Chromium here' : undefined

/** @type {[string, string]} */
const openPage = ['node', fileURLToPath(new URL('open-page.mjs', import.meta.url))]

/** @param {string} script @param {string} type */
const pageOf = (script, type = 'module') =>
  `<!doctype html><title>osscrypt</title><script type="${type}" src="${script}" defer></script>\n`

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What the pages of `packages/sdk/test/browser` run. @type {[string, ...string[]]} */
const portableTests = [
  'node',
  ...[`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', root, '--reporter=dot'],
  'packages/sdk/test/browser/other-runtimes.test.ts',
]

const esbuild = { esbuild: '0.28.2' }
const workerd = { workerd: '1.20261117.1' }
const deno = { deno: '2.9.6' }
const bun = { bun: '1.4.5' }
/** Puts the program of this system where the command is. @type {[string, string]} */
export const installBun = ['node', '../../node_modules/bun/install.js']
const edge = { '@edge-runtime/vm': '5.0.0' }
const forPages = ['--bundle', '--format=esm', '--log-level=error']
/** As the tools of those who host workers set it. */
const forWorkers = [...forPages, '--conditions=workerd,worker,browser']

const manifest = JSON.parse(readFileSync(new URL('../../packages/sdk/package.json', import.meta.url), 'utf8'))
const importMap = JSON.stringify(importMapOf(manifest, ['.', './oss'], '/node_modules'))

const anywhere = `
  import { portableRoundTrip } from './portable-round-trip.mjs'
  const { ORIGIN: origin } = process.env
  // What is used of Node is not there.
  for (const name of ['Buffer', 'process', 'global']) delete globalThis[name]
  await portableRoundTrip({ url: origin + '/osscrypt', headers: { origin } }, 'anywhere')
`

/** `workerd test` runs it: as a worker was years ago, without anything of Node, and as one is now, with it. */
const worker = `
  import { assertNoNode, portableRoundTrip } from './portable-round-trip.mjs'
  export default {
    async test(_controller, { ORIGIN: origin, YEAR }) {
      if (YEAR === '2024') assertNoNode()
      await portableRoundTrip({ url: origin + '/osscrypt', headers: { origin } }, 'worker-' + YEAR)
    },
  }
`
/** @param {number} year */
const workerOf = (year) => `(
  name = "worker-${year}",
  worker = (
    modules = [(name = "worker", esModule = embed "worker-bundle.mjs")],
    compatibilityDate = "${year}-10-01",
    bindings = [(name = "ORIGIN", fromEnvironment = "ORIGIN"), (name = "YEAR", text = "${year}")],
  ),
)`
const workerdConfig = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  ${workerOf(2024)},
  ${workerOf(2026)},
  (name = "internet", network = (allow = ["local", "private"])),
]);
`

const onEdge = `
  import { assertNoNode, portableRoundTrip } from './portable-round-trip.mjs'
  assertNoNode()
  globalThis.done = portableRoundTrip({ url: ORIGIN + '/osscrypt', headers: { origin: ORIGIN } }, 'edge')
`

/** @type {readonly Runtime[]} */
export const portableRuntimes = [
  {
    name: 'a page by an import map, without a bundler',
    missing,
    site: '.',
    // Import maps are a page's: workers have none.
    files: { 'index.html': `<script type="importmap">${importMap}</script>${pageOf('page.mjs')}` },
    commands: [openPage],
  },
  {
    name: 'a page and its worker, by esbuild',
    missing,
    packages: esbuild,
    site: 'built',
    files: { 'built/index.html': pageOf('page-with-worker.mjs') },
    commands: [
      [
        'esbuild',
        ...['page-with-worker.mjs', 'page-worker.mjs', ...forPages],
        ...['--splitting', '--outdir=built', '--out-extension:.js=.mjs'],
      ],
      openPage,
    ],
  },
  {
    name: 'a page and its worker, by Vite',
    missing,
    packages: { vite: '8.3.8' },
    site: 'dist',
    files: { 'index.html': pageOf('page-with-worker.mjs') },
    commands: [['vite', 'build', '--logLevel=error'], openPage],
  },
  {
    name: 'a page and its worker, by webpack',
    missing,
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    site: 'dist',
    files: { 'dist/index.html': pageOf('main.js', 'text/javascript') },
    commands: [
      ['webpack', '--entry', './page-with-worker.mjs', '--mode', 'production', '--stats=errors-only'],
      openPage,
    ],
  },
  {
    name: 'workerd, as workers’ servers are',
    packages: { ...esbuild, ...workerd },
    files: { 'worker.mjs': worker, 'workerd.capnp': workerdConfig },
    commands: [
      ['esbuild', 'worker.mjs', ...forWorkers, '--outfile=worker-bundle.mjs'],
      ['workerd', 'test', 'workerd.capnp'],
    ],
  },
  {
    name: 'the Edge Runtime, as Next.js has it',
    packages: { ...esbuild, ...edge },
    files: { 'edge.mjs': onEdge },
    commands: [
      [
        'esbuild',
        ...['edge.mjs', '--bundle', '--format=iife', '--log-level=error'],
        ...['--conditions=edge-light,worker,browser', '--outfile=edge.js'],
      ],
      ['node', fileURLToPath(new URL('run-on-edge.mjs', import.meta.url)), 'edge.js'],
    ],
  },
  {
    name: 'Deno, out of a bundle for browsers',
    packages: { ...esbuild, ...deno },
    files: { 'anywhere.mjs': anywhere },
    commands: [
      ['esbuild', 'anywhere.mjs', ...forPages, '--outfile=bundle.mjs'],
      ['deno', 'run', '--allow-net', '--allow-env', '--no-prompt', 'bundle.mjs'],
    ],
  },
  {
    name: 'Bun, out of a bundle for browsers',
    packages: { ...esbuild, ...bun },
    files: { 'anywhere.mjs': anywhere },
    setup: installBun,
    commands: [
      ['esbuild', 'anywhere.mjs', ...forPages, '--outfile=bundle.mjs'],
      ['bun', 'bundle.mjs'],
    ],
  },
  {
    name: 'the portable tests, on workerd, the Edge Runtime, Deno and Bun',
    packages: { ...workerd, ...edge, ...deno, ...bun },
    ownCloud: true,
    setup: installBun,
    commands: [portableTests],
  },
]
