// The runners and bundlers that users have with Node, one row each; those without are in portable-runtimes.mjs.
import { installBun, portableRuntimes } from './portable-runtimes.mjs'

/**
 * - `fast`: part of `npm run packaging`.
 * - `packages`: fetched from npm, in these versions.
 * - `files`: written beside `main.mjs` and `main.cjs`, which make the round trip, and what `portable/` has.
 * - `site`: the folder in that one which is served at ORIGIN, with a broker.
 * - `setup`: run before, once for all runtimes that have the same.
 * - `commands`: run in that folder one after the other; the last makes the round trip. Programs are named as in `node_modules/.bin`.
 * - `cannot`: it fails, in these words, for a reason that is not ours.
 * - `missing`: what it needs and this machine has not.
 * - `ownCloud`: it starts a cloud of its own, and says itself whether it did something.
 * @typedef {{
 *   readonly name: string,
 *   readonly fast?: boolean,
 *   readonly packages?: Readonly<Record<string, string>>,
 *   readonly files?: Readonly<Record<string, string>>,
 *   readonly setup?: readonly [string, ...string[]],
 *   readonly commands: readonly (readonly [string, ...string[]])[],
 *   readonly site?: string,
 *   readonly cannot?: { readonly says: RegExp, readonly reason: string },
 *   readonly missing?: string | undefined,
 *   readonly ownCloud?: boolean,
 * }} Runtime
 */

/** What urllib, below ali-oss, requires when there is a proxy, and does not depend on. */
const optional = 'proxy-agent'

const esbuild = { esbuild: '0.28.2' }
const toBundle = ['--bundle', '--platform=node', '--log-level=error', `--external:${optional}`]
/** What is CommonJS in a bundle goes on to require what Node has. */
const requireInModule = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`

const rollup = {
  rollup: '4.68.8',
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-json': '6.1.0',
  '@rollup/plugin-node-resolve': '16.0.3',
}
const rollupPlugins = [
  `node-resolve={exportConditions:["node"],preferBuiltins:true}`,
  `commonjs={ignore:["${optional}"]}`,
  'json',
].flatMap((plugin) => ['--plugin', plugin])

const vite = { vite: '8.3.8' }
/** @param {string} noExternal */
const viteServer = (noExternal) => `
  import { createServer } from 'vite'
  const server = await createServer({
    configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, ws: false },
    ssr: { noExternal: ${noExternal} },
  })
  try { await server.ssrLoadModule('/main.mjs') } finally { await server.close() }`

const jest = { jest: '30.5.2', 'babel-jest': '30.5.2', '@babel/preset-env': '7.29.14' }
const jestTest = `import { roundTrip } from './round-trip.mjs'\ntest('round trip', roundTrip)\n`
const jestOptions = { testEnvironment: 'node', testMatch: ['**/jest.test.mjs'] }
const toCommonJs = { configFile: false, presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }

/** @type {readonly Runtime[]} */
export const runtimes = [
  { name: 'Node, import', fast: true, commands: [['node', 'main.mjs']] },
  { name: 'Node, require', fast: true, commands: [['node', '--no-warnings', 'main.cjs']] },
  {
    name: 'esbuild, to an ES module',
    fast: true,
    packages: esbuild,
    commands: [
      ['esbuild', 'main.mjs', ...toBundle, '--format=esm', '--outfile=bundle.mjs', `--banner:js=${requireInModule}`],
      ['node', 'bundle.mjs'],
    ],
  },
  {
    name: 'esbuild, to CommonJS',
    fast: true,
    packages: esbuild,
    commands: [
      ['esbuild', 'main.cjs', ...toBundle, '--format=cjs', '--outfile=bundle.cjs'],
      ['node', 'bundle.cjs'],
    ],
  },
  {
    name: 'rollup, ali-oss left outside',
    fast: true,
    packages: rollup,
    commands: [
      ['rollup', 'main.mjs', '--silent', '--dir=built', '--external', 'ali-oss', ...rollupPlugins],
      ['node', 'built/main.js'],
    ],
  },
  {
    name: 'rollup, everything',
    packages: rollup,
    // What the entry shares with what is loaded later, rollup leaves in the entry: one that waits at its top level waits for itself.
    files: { 'main.mjs': `import { roundTrip } from './round-trip.mjs'\nvoid roundTrip()\n` },
    commands: [
      ['rollup', 'main.mjs', '--silent', '--dir=built', ...rollupPlugins],
      ['node', 'built/main.js'],
    ],
  },
  {
    name: 'webpack',
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: {
      'webpack.config.cjs': `module.exports = {
        mode: 'production', target: 'node20', entry: './main.mjs', externals: { '${optional}': 'commonjs ${optional}' },
        output: { path: __dirname, filename: 'bundle.cjs' }, stats: 'errors-only', optimization: { minimize: false },
      }`,
    },
    commands: [
      ['webpack', '--config', 'webpack.config.cjs'],
      ['node', 'bundle.cjs'],
    ],
  },
  {
    name: 'Vite, SSR build with noExternal: true',
    packages: vite,
    files: {
      'vite.config.mjs': `export default {
        logLevel: 'error', ssr: { noExternal: true, external: ['${optional}'] },
        build: { ssr: 'main.mjs', outDir: 'built', rolldownOptions: { output: { entryFileNames: 'bundle.mjs' } } },
      }`,
    },
    commands: [
      ['vite', 'build'],
      ['node', 'built/bundle.mjs'],
    ],
  },
  {
    name: "Vite, SSR of its server with noExternal: ['osscrypt']",
    packages: vite,
    files: { 'server.mjs': viteServer(`['osscrypt']`) },
    commands: [['node', 'server.mjs']],
  },
  {
    name: 'Vite, SSR of its server with noExternal: true',
    packages: vite,
    files: { 'server.mjs': viteServer('true') },
    commands: [['node', 'server.mjs']],
    cannot: {
      says: /require is not defined/,
      reason: "Vite's server runs no CommonJS itself, and ali-oss is CommonJS",
    },
  },
  {
    name: 'Jest, ES modules',
    packages: jest,
    files: { 'jest.test.mjs': jestTest, 'jest.json': JSON.stringify({ ...jestOptions, transform: {} }) },
    commands: [
      ['node', '--no-warnings', '--experimental-vm-modules', '../../node_modules/jest/bin/jest.js', '-c=jest.json'],
    ],
  },
  {
    name: 'Jest, CommonJS by Babel',
    packages: jest,
    files: {
      'jest.test.mjs': jestTest,
      'jest.json': JSON.stringify({
        ...jestOptions,
        transform: { '\\.m?js$': ['babel-jest', toCommonJs] },
        // Jest hands out packages as they are, and has no `require` for ES modules.
        transformIgnorePatterns: ['/node_modules/(?!(osscrypt|@noble)/)'],
      }),
    },
    commands: [['jest', '-c=jest.json']],
  },
  { name: 'tsx', packages: { tsx: '4.23.15' }, commands: [['tsx', 'main.mjs']] },
  { name: 'Deno', packages: { deno: '2.9.6' }, commands: [['deno', 'run', '--allow-all', '--no-prompt', 'main.mjs']] },
  {
    name: 'Bun, and its bundle for Node',
    packages: { bun: '1.4.5' },
    setup: installBun,
    commands: [
      ['bun', 'main.mjs'],
      ['bun', 'build', 'main.mjs', '--target=node', '--outfile=bundle.mjs', `--external=${optional}`],
      ['node', 'bundle.mjs'],
    ],
  },
  ...portableRuntimes,
]
