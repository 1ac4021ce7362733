import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('..', import.meta.url))

/** Installs what osscrypt is compared with, unless what is there is what the lock file says. */
export function installPeers() {
  if (isInstalled()) return
  console.error('installing the peers')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: bench, stdio: ['ignore', 2, 2] })
}

function isInstalled() {
  const installed = new URL('../node_modules/.package-lock.json', import.meta.url)
  if (!existsSync(installed)) return false
  const { packages } = JSON.parse(readFileSync(installed, 'utf8'))
  const wanted = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || packages[path]?.version === version,
  )
}
