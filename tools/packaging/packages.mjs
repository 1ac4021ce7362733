// The public packages as a user gets them: packed, and installed in a folder of their own.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A public package of this repository, packed.
 * @typedef {{
 *   readonly name: string, readonly folder: string, readonly manifest: any,
 *   readonly tarball: string, readonly files: readonly string[],
 * }} Packed
 */

/** What came of a check. What could not be checked, as something is missing here, has neither passed nor failed.
 * @typedef {{ readonly name: string, readonly problems: readonly string[], readonly missing?: string }} Outcome
 */

export const run = promisify(execFile)
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** Packs every public package into `destination`.
 * @param {string} destination
 * @returns {Promise<Packed[]>}
 */
export async function packPackages(destination) {
  /** @type {Packed[]} */
  const packages = []
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = join(root, 'packages', name)
    if (!existsSync(join(folder, 'package.json'))) continue
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (manifest.private === true) continue
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', destination], {
      cwd: folder,
    })
    // An array of one, or an object by package name, depending on the version of npm.
    const [packed] = Object.values(JSON.parse(stdout))
    const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path)
    packages.push({ name: manifest.name, folder, manifest, tarball: join(destination, packed.filename), files })
  }
  return packages
}

/** Installs tarballs and packages of the registry (`name@version`) in a folder, which is made, with those that are in it.
 * @param {string} folder
 * @param {readonly string[]} wanted
 * @param {{ readonly scripts?: boolean }} options `scripts`: lets packages run theirs, as those do that fetch a program.
 */
export async function installPackages(folder, wanted, { scripts = false } = {}) {
  mkdirSync(folder, { recursive: true })
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, type: 'module' }))
  const options = ['--prefer-offline', '--save-exact', '--no-audit', '--no-fund', '--loglevel', 'error']
  const flags = scripts ? options : [...options, '--ignore-scripts']
  return problemsOf(run('npm', ['install', '--prefix', folder, ...flags, ...wanted], { cwd: folder }))
}

/** `name@version` of a package as it is installed in this repository.
 * @param {string} name
 */
export function sameAsHere(name) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

/** What a command printed if it failed.
 * @param {Promise<unknown>} command
 * @returns {Promise<string[]>}
 */
export async function problemsOf(command) {
  try {
    await command
    return []
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    return [`${stdout}${stderr}`.trim() || String(error)]
  }
}

/** Prints how a check went; the process fails when there was a problem.
 * @param {string} name
 * @param {readonly string[]} problems
 * @param {string | undefined} [missing]
 */
export function report(name, problems, missing) {
  if (missing !== undefined) {
    console.log(`--  ${name}: not checked, ${missing}`)
    return
  }
  if (problems.length > 0) process.exitCode = 1
  console.log(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${name}`)
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, '        '))
}
