// Installs each tarball of `npm run pack` in an empty folder, with nothing else beside it, and starts what is in it.
import { join } from 'node:path'
import { installPackages, problemsOf, run } from './packages.mjs'
import { packSelfContained } from './self-contained.mjs'

/**
 * @param {string} work An empty folder of the check's own.
 * @returns {AsyncGenerator<{ readonly name: string, readonly problems: readonly string[] }>}
 */
export async function* checkAlone(work) {
  for (const { name, manifest, tarball } of await packSelfContained(join(work, 'tarballs'))) {
    const folder = join(work, name)
    yield { name: `${name}: its tarball installs by itself`, problems: await installPackages(folder, [tarball]) }
    const bins = Object.keys(manifest.bin ?? {})
    for (const bin of bins) {
      const started = run(join(folder, 'node_modules/.bin', bin), ['--help'], { cwd: folder })
      yield { name: `${name}: ${bin} starts from there`, problems: await problemsOf(started) }
    }
    if (manifest.exports?.['.'] === undefined) continue
    const imported = run(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], { cwd: folder })
    yield { name: `${name}: imports from there`, problems: await problemsOf(imported) }
    const required = run(process.execPath, ['-e', `import('${name}').then(() => 0)`], { cwd: folder })
    yield { name: `${name}: imports from CommonJS there`, problems: await problemsOf(required) }
  }
}
