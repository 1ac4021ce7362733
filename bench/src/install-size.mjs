import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What it takes to install a package for production.
 *
 * @typedef {{ packages: number; bytes: number }} InstallSize `packages` without the package itself; `bytes` of all files, with those of the package
 */

/**
 * Finds a package and all it depends on by a lock file, and adds up what is installed: dependencies, optional ones that are there, and peers that
 * are not optional, as npm installs those too.
 *
 * @param {string} root the folder of `package-lock.json` and `node_modules`
 * @param {string} path of the package in the lock file: `node_modules/NAME`, or the folder of a workspace
 * @param {readonly string[]} [without] names of peers that are left out
 * @returns {InstallSize}
 */
export function measureInstallation(root, path, without = []) {
  /** @type {Record<string, Locked>} */
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  /** @type {Set<string>} */
  const found = new Set()
  const waiting = [path]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    found.add(next)
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = locked[next] ?? {}
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (name) => peerDependenciesMeta?.[name]?.optional !== true && !without.includes(name),
    )
    const optional = Object.keys(optionalDependencies ?? {})
    for (const name of [...Object.keys(dependencies ?? {}), ...optional, ...peers]) {
      const at = resolveDependency(locked, next, name)
      if (at !== undefined && existsSync(join(root, at))) waiting.push(at)
      else if (!optional.includes(name)) throw new Error(`${name}, which ${next} depends on, is not installed`)
    }
  }
  const folders = [...found].map((folder) => join(root, folder))
  return { packages: found.size - 1, bytes: folders.reduce((sum, folder) => sum + packageBytes(folder), 0) }
}

/**
 * What is used here of a package's entry in a lock file.
 *
 * @typedef {{
 *   dependencies?: Record<string, string>
 *   optionalDependencies?: Record<string, string>
 *   peerDependencies?: Record<string, string>
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }>
 * }} Locked
 */

/**
 * Where Node finds a dependency: in the package's own `node_modules`, or in one further out.
 *
 * @param {Record<string, Locked>} locked
 * @param {string} path
 * @param {string} name
 */
function resolveDependency(locked, path, name) {
  for (let at = path; ; at = at.replace(/(?:^|\/)[^/]*$/, '')) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (locked[candidate]) return candidate
    if (at === '') return undefined
  }
}

/**
 * The bytes of a package's files: of one that is not packed yet, those that its `files` would publish.
 *
 * @param {string} folder
 */
function packageBytes(folder) {
  if (folder.includes('node_modules')) return sum(listFiles(folder))
  const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [left, published] = [true, false].map((isLeft) =>
    files.filter((/** @type {string} */ entry) => entry.startsWith('!') === isLeft),
  )
  const always = readdirSync(folder).filter((name) => /^(?:package\.json|readme.*|licen[cs]e.*)$/i.test(name))
  const excluded = left.map((/** @type {string} */ entry) => join(folder, entry.slice(1)))
  return sum(
    [...published, ...always]
      .flatMap((entry) => listFiles(join(folder, entry)))
      .filter((path) => !excluded.includes(path)),
  )
}

/** The files in a folder, or the file itself; packages inside of a package are counted by themselves.
 * @param {string} path
 * @returns {string[]}
 */
function listFiles(path) {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => listFiles(join(path, name)))
}

/** @param {readonly string[]} paths */
function sum(paths) {
  return paths.reduce((bytes, path) => bytes + statSync(path).size, 0)
}
