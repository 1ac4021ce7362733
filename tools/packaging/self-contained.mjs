// Packages that carry those of this repository that they depend on, so that a tarball alone installs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages, root, run } from './packages.mjs'

/** @import { Packed } from './packages.mjs' */

/** Packs every public package into `destination`, under names without a version.
 * @param {string} destination
 * @returns {Promise<{ readonly name: string, readonly manifest: any, readonly tarball: string }[]>}
 */
export async function packSelfContained(destination) {
  mkdirSync(destination, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'osscrypt-pack-'))
  try {
    const packages = await packPackages(work)
    /** @type {{ name: string, manifest: any, tarball: string }[]} */
    const made = []
    for (const pkg of packages) {
      const folder = join(work, pkg.name)
      const manifest = await assemble(folder, pkg, packages)
      const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], {
        cwd: folder,
      })
      const [packed] = Object.values(JSON.parse(stdout))
      const tarball = join(destination, `${pkg.name}.tgz`)
      // The folder for the work may be on another disk.
      await run('cp', [join(work, packed.filename), tarball])
      made.push({ name: pkg.name, manifest, tarball })
    }
    return made
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Unpacks a package, and into its node_modules those of this repository that it needs; what they need in turn becomes its own.
 * @param {string} folder
 * @param {Packed} pkg
 * @param {readonly Packed[]} packages
 */
async function assemble(folder, pkg, packages) {
  await unpack(pkg.tarball, folder)
  const bundled = ownDependencies(pkg, packages)
  const dependencies = Object.assign(
    {},
    ...bundled.map(({ manifest }) => manifest.dependencies),
    pkg.manifest.dependencies,
  )
  for (const { name, manifest, tarball } of bundled) {
    dependencies[name] = manifest.version
    await unpack(tarball, join(folder, 'node_modules', name))
    leaveDependencies(join(folder, 'node_modules', name, 'package.json'))
  }
  const {
    devDependencies: _,
    scripts: __,
    ...published
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const complete = {
    ...published,
    ...(bundled.length > 0 && { dependencies, bundleDependencies: bundled.map(({ name }) => name) }),
    ...(published.bin?.osscrypt !== undefined && (await writeManPages(folder, published))),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(complete, null, 2))
  return complete
}

/** Takes the dependencies out of a package that is inside another, which has them: what a package inside needs, npm takes for being inside, too. It links no
 * programs of it then, and what needs them to install fails; or it does not fetch it at all.
 * @param {string} path
 */
function leaveDependencies(path) {
  const {
    dependencies: _,
    peerDependencies: __,
    peerDependenciesMeta: ___,
    ...manifest
  } = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify(manifest, null, 2))
}

/** Writes the manual pages of the command into its package; npm links them where `man` finds them.
 * @param {string} folder
 * @param {{ readonly files: readonly string[] }} manifest
 * @returns {Promise<{ readonly man: readonly string[], readonly files: readonly string[] }>} what the manifest says of them
 */
async function writeManPages(folder, { files }) {
  await run(process.execPath, [join(root, 'packages/cli/bin/osscrypt.js'), 'man', '--folder', join(folder, 'man')])
  const pages = readdirSync(join(folder, 'man/man1')).sort()
  return { man: pages.map((name) => `./man/man1/${name}`), files: [...files, 'man'] }
}

/** The packages of this repository that a package depends on, by others too.
 * @param {Packed} pkg
 * @param {readonly Packed[]} packages
 * @returns {Packed[]}
 */
function ownDependencies(pkg, packages) {
  /** @type {Set<Packed>} */
  const found = new Set()
  const waiting = [pkg]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const other of packages) {
      if (next.manifest.dependencies?.[other.name] === undefined || found.has(other)) continue
      found.add(other)
      waiting.push(other)
    }
  }
  return [...found]
}

/**
 * @param {string} tarball
 * @param {string} folder
 */
async function unpack(tarball, folder) {
  mkdirSync(folder, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1'])
}
