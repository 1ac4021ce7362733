// Installs each tarball of `npm run pack` in an empty folder, with nothing else beside it, and starts what is in it.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { installPackages, problemsOf, run } from './packages.mjs'
import { packSelfContained } from './self-contained.mjs'

/**
 * @param {string} work An empty folder of the check's own.
 * @returns {AsyncGenerator<{ readonly name: string, readonly problems: readonly string[] }>}
 */
export async function* checkAlone(work) {
  const packed = await packSelfContained(join(work, 'tarballs'))
  for (const { name, manifest, tarball } of packed) {
    const folder = join(work, name)
    const beside = packed.filter((other) => manifest.peerDependencies?.[other.name] !== undefined)
    const how = beside.length === 0 ? 'by itself' : `beside ${beside.map((other) => other.name).join(' and ')}`
    const wanted = [tarball, ...beside.map((other) => other.tarball)]
    yield { name: `${name}: its tarball installs ${how}`, problems: await installPackages(folder, wanted) }
    // Of a client that is handed from one copy to another, neither types nor errors are known there.
    const copies = beside.map((other) => `node_modules/${name}/node_modules/${other.name}`)
    const second = copies.filter((path) => existsSync(join(folder, path)))
    if (beside.length > 0) yield { name: `${name}: it has no copy of its own of what is beside it`, problems: second }
    const bins = Object.keys(manifest.bin ?? {})
    for (const bin of bins) {
      const started = run(join(folder, 'node_modules/.bin', bin), ['--help'], { cwd: folder })
      yield { name: `${name}: ${bin} starts from there`, problems: await problemsOf(started) }
    }
    if (bins.includes('osscrypt')) yield* checkGlobal(join(work, 'global'), { name, manifest, tarball })
    if (manifest.exports?.['.'] === undefined) continue
    const imported = run(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], { cwd: folder })
    yield { name: `${name}: imports from there`, problems: await problemsOf(imported) }
    const required = run(process.execPath, ['-e', `import('${name}').then(() => 0)`], { cwd: folder })
    yield { name: `${name}: imports from CommonJS there`, problems: await problemsOf(required) }
  }
}

/**
 * Installs the command as README says, for all folders and with the scripts of what it needs: npm goes another way then.
 *
 * @param {string} folder
 * @param {{ readonly name: string, readonly manifest: any, readonly tarball: string }} packed
 */
async function* checkGlobal(folder, { name, manifest, tarball }) {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error']
  const installed = run('npm', ['install', '--global', '--prefix', folder, ...flags, tarball])
  yield { name: `${name}: installs with --global`, problems: await problemsOf(installed) }
  const demo = run(join(folder, 'bin/osscrypt'), ['demo'])
  yield { name: `${name}: what it needs to store and read objects is there`, problems: await problemsOf(demo) }
  const pages = manifest.man.filter(
    (/** @type {string} */ page) => !existsSync(join(folder, 'share/man/man1', basename(page))),
  )
  yield { name: `${name}: its manual pages are where man finds them`, problems: pages }
}
