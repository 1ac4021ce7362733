// Packs the public packages, looks at what is in the tarballs, and uses them as someone who installs them would:
// `npm run packaging`.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import ts from 'typescript'

/** A public package of this repository, packed.
 * @typedef {{
 *   readonly name: string, readonly folder: string, readonly manifest: any,
 *   readonly tarball: string, readonly files: readonly string[],
 * }} Packed
 */

const run = promisify(execFile)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const work = mkdtempSync(join(tmpdir(), 'osscrypt-packaging-'))
const consumer = join(work, 'consumer')
let failed = 0

try {
  const packages = await pack()
  for (const pkg of packages) {
    report(`${pkg.name}: the tarball holds bin, dist, README, LICENSE and package.json`, checkFiles(pkg))
    report(`${pkg.name}: what package.json points to is in the tarball`, checkTargets(pkg))
    report(`${pkg.name}: publint`, await checkWithPublint(pkg))
    report(`${pkg.name}: attw`, await checkWithAttw(pkg))
  }
  report('the tarballs install in an empty folder', await install(packages))
  for (const pkg of packages) {
    report(`${pkg.name}: every subpath imports, named exports only`, await checkImports(pkg))
    report(`${pkg.name}: every bin starts with a Node shebang`, checkBins(pkg))
  }
  report('a consumer compiles against the declarations', checkDeclarations(packages))
} finally {
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1

/**
 * @param {string} name
 * @param {readonly string[]} problems
 */
function report(name, problems) {
  if (problems.length > 0) failed++
  console.log(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${name}`)
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, '        '))
}

/** @returns {Promise<Packed[]>} */
async function pack() {
  /** @type {Packed[]} */
  const packages = []
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = join(root, 'packages', name)
    if (!existsSync(join(folder, 'package.json'))) continue
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (manifest.private === true) continue
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], {
      cwd: folder,
    })
    // An array of one, or an object by package name, depending on the version of npm.
    const [packed] = Object.values(JSON.parse(stdout))
    const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path)
    packages.push({ name: manifest.name, folder, manifest, tarball: join(work, packed.filename), files })
  }
  return packages
}

/** @param {Packed} pkg */
function checkFiles({ folder, files }) {
  const allowed = /^(?:bin\/.+\.js|dist\/.+\.(?:js|d\.ts|js\.map|d\.ts\.map)|README(?:-CN)?\.md|LICENSE|package\.json)$/
  const missing = ['README.md', 'LICENSE', 'package.json'].filter((path) => !files.includes(path))
  const orphans = files.filter((path) => {
    const source = path.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts')
    return /^dist\/.*\.js$/.test(path) && !existsSync(join(folder, source))
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

/** @param {readonly Packed[]} packages */
async function install(packages) {
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']
  const tarballs = packages.map(({ tarball }) => tarball)
  return problemsOf(run('npm', ['install', '--prefix', consumer, ...options, ...tarballs], { cwd: consumer }))
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

/** Compiles a program that imports everything, and looks at what the compiler says about our own declarations: a type that
 * comes from a package the user does not have is an error there.
 * @param {readonly Packed[]} packages
 */
function checkDeclarations(packages) {
  const main = join(consumer, 'consumer.ts')
  const names = packages.flatMap(subpaths).filter((name) => !name.endsWith('.json'))
  writeFileSync(main, names.map((name, index) => `export * as m${index} from '${name}'\n`).join(''))
  const program = ts.createProgram([main], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    // Users on Node have these; the repository's own copy saves a download.
    typeRoots: [join(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')), '..')],
    types: ['node'],
  })
  const own = packages.map(({ name }) => `/node_modules/${name}/`)
  return ts
    .getPreEmitDiagnostics(program)
    .filter(
      ({ file }) => file === undefined || file.fileName === main || own.some((part) => file.fileName.includes(part)),
    )
    .map((diagnostic) =>
      ts.formatDiagnostic(diagnostic, {
        getCanonicalFileName: (path) => path,
        getCurrentDirectory: () => consumer,
        getNewLine: () => '\n',
      }),
    )
}

/** What a command printed if it failed.
 * @param {Promise<unknown>} command
 * @returns {Promise<string[]>}
 */
async function problemsOf(command) {
  try {
    await command
    return []
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    return [`${stdout}${stderr}`.trim() || String(error)]
  }
}
