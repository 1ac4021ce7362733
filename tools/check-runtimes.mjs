// Installs the packed packages beside runners and bundlers, and has each of them encrypt and decrypt: `npm run test:runtimes`.
// Takes parts of their names as arguments, all of them by default.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkRuntimes, packagesOf } from './packaging/check-runtimes.mjs'
import { installPackages, packPackages, report, sameAsHere } from './packaging/packages.mjs'
import { runtimes } from './packaging/runtimes.mjs'

const counts = { passed: 0, failed: 0, 'not checked': 0 }
const parts = process.argv.slice(2).map((part) => part.toLowerCase())
const chosen = runtimes.filter(
  ({ name }) => parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part)),
)
const work = mkdtempSync(join(tmpdir(), 'osscrypt-runtimes-'))
const consumer = join(work, 'consumer')

try {
  const packages = (await packPackages(work)).filter(({ name }) => name !== 'osscrypt-cli')
  const tarballs = packages.map(({ tarball }) => tarball)
  const wanted = [...tarballs, sameAsHere('ali-oss'), ...packagesOf(chosen)]
  report('everything installs', await installPackages(consumer, wanted))
  for await (const { name, problems, missing } of checkRuntimes(consumer, chosen)) {
    report(name, problems, missing)
    counts[missing !== undefined ? 'not checked' : problems.length > 0 ? 'failed' : 'passed'] += 1
  }
  console.log(
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
  )
} finally {
  rmSync(work, { recursive: true, force: true })
}
