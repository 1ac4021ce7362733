// Packs the public packages, looks at what is in the tarballs, and uses them as someone who installs them would:
// `npm run packaging`.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { checkAlone } from './packaging/check-alone.mjs'
import { checkBundle } from './packaging/check-bundle.mjs'
import { checkRuntimes, packagesOf } from './packaging/check-runtimes.mjs'
import { checkTypes } from './packaging/check-types.mjs'
import { installPackages, packPackages, problemsOf, report, run, sameAsHere } from './packaging/packages.mjs'
import { runtimes } from './packaging/runtimes.mjs'

/** @import { Packed } from './packaging/packages.mjs' */

const work = mkdtempSync(join(tmpdir(), 'osscrypt-packaging-'))
const consumer = join(work, 'consumer')

try {
  const packages = await packPackages(work)
  for (const pkg of packages) {
    report(`${pkg.name}: the tarball holds bin, dist, README, LICENSE and package.json`, checkFiles(pkg))
    report(`${pkg.name}: what package.json points to is in the tarball`, checkTargets(pkg))
    report(`${pkg.name}: publint`, await checkWithPublint(pkg))
    report(`${pkg.name}: attw`, await checkWithAttw(pkg))
  }
  const tarballs = packages.map(({ tarball }) => tarball)
  report('the tarballs install in an empty folder', await installPackages(consumer, tarballs))
  for (const pkg of packages) {
    report(`${pkg.name}: every subpath imports, named exports only`, await checkImports(pkg))
    report(`${pkg.name}: every bin starts with a Node shebang`, checkBins(pkg))
  }
  for await (const { name, problems } of checkBundle(consumer)) report(name, problems)
  const fast = runtimes.filter((runtime) => runtime.fast)
  const besides = [...['ali-oss', '@types/ali-oss', '@types/node'].map(sameAsHere), ...packagesOf(fast)]
  report('what users have beside them installs', await installPackages(consumer, besides))
  for (const { name, problems } of checkTypes(consumer, packages)) report(name, problems)
  for await (const { name, problems, missing } of checkRuntimes(consumer, fast)) report(name, problems, missing)
  for await (const { name, problems } of checkAlone(join(work, 'alone'))) report(name, problems)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** @param {Packed} pkg */
function checkFiles({ folder, files }) {
  const allowed =
    /^(?:bin\/.+\.js|docs\/[A-Z]+\.md|dist\/.+\.(?:js|d\.ts|js\.map|d\.ts\.map)|dist\/page\/[\w/-]+\.(?:html|js|css|svg)|README(?:-CN)?\.md|LICENSE|package\.json)$/
  const missing = ['README.md', 'LICENSE', 'package.json'].filter((path) => !files.includes(path))
  const orphans = files.filter((path) => {
    const source = path.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts')
    return /^dist\/(?!page\/).*\.js$/.test(path) && !existsSync(join(folder, source))
  })
  return [
    ...missing.map((path) => `${path} is missing`),
    ...files.filter((path) => !allowed.test(path)).map((path) => `${path} does not belong there`),
    ...orphans.map((path) => `${path} has no source: left over from an earlier build`),
    ...files
      .filter((path) => path.endsWith('.js.map') && !hasSources(join(folder, path)))
      .map((path) => `${path} is of no use without its source`),
  ]
}

/** @param {string} path */
function hasSources(path) {
  const map = JSON.parse(readFileSync(path, 'utf8'))
  return Array.isArray(map.sourcesContent) && map.sourcesContent.length === map.sources.length
}

/** @param {Packed} pkg */
function checkTargets({ manifest, files }) {
  const problems = ['exports', 'files', 'license', 'description', 'engines']
    .filter((field) => manifest[field] === undefined)
    .map((field) => `package.json has no ${field}`)
  const targets = [manifest.exports, manifest.imports, manifest.bin].flatMap(leaves)
  const missing = targets.filter((target) => !files.includes(target.replace(/^\.\//, '')))
  return [...problems, ...missing.map((target) => `${target} is not in the tarball`)]
}

/** The paths in a conditional map.
 * @param {unknown} value
 * @returns {string[]}
 */
function leaves(value) {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

/** @param {Packed} pkg */
async function checkWithPublint({ manifest, tarball }) {
  const data = readFileSync(tarball)
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
  const { messages } = await publint({ level: 'warning', strict: true, pack: { tarball: buffer } })
  return messages.map(
    (message) => `${message.type}: ${formatMessage(message, manifest, { color: false }) ?? message.code}`,
  )
}

/** @param {Packed} pkg */
async function checkWithAttw({ tarball }) {
  const main = fileURLToPath(import.meta.resolve('@arethetypeswrong/cli/package.json'))
  const { bin } = JSON.parse(readFileSync(main, 'utf8'))
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-color', '--no-emoji']
  return problemsOf(run(process.execPath, [join(dirname(main), bin.attw), tarball, ...options], { cwd: work }))
}

/** The names under which a package can be imported.
 * @param {Packed} pkg
 */
function subpaths({ name, manifest }) {
  return Object.keys(manifest.exports).map((subpath) => name + subpath.slice(1))
}

/** @param {Packed} pkg */
async function checkImports(pkg) {
  const program = `
    for (const name of ${JSON.stringify(subpaths(pkg))}) {
      if (name.endsWith('.json')) { await import(name, { with: { type: 'json' } }); continue }
      const names = Object.keys(await import(name))
      if (names.length === 0) throw new Error(name + ' exports nothing')
      if (names.includes('default')) throw new Error(name + ' has a default export')
    }`
  writeFileSync(join(consumer, 'import.mjs'), program)
  return problemsOf(run(process.execPath, ['--no-warnings', 'import.mjs'], { cwd: consumer }))
}

/** @param {Packed} pkg */
function checkBins({ name, manifest }) {
  return leaves(manifest.bin).flatMap((path) => {
    const installed = join(consumer, 'node_modules', name, path)
    if (!existsSync(installed)) return [`${path} is missing`]
    return readFileSync(installed, 'utf8').startsWith('#!/usr/bin/env node\n') ? [] : [`${path} has none`]
  })
}
