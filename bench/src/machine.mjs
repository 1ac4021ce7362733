import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** Packages whose versions the figures depend on, and where they are installed. */
const packages = {
  'ali-oss': '../../node_modules/ali-oss/package.json',
  '@aws-crypto/client-node': '../node_modules/@aws-crypto/client-node/package.json',
  'age-encryption': '../node_modules/age-encryption/package.json',
}

/** @returns {Omit<import('./result.js').Run, 'quick' | 'elapsedMs'>} */
export function describeMachine() {
  const memory = Math.round(totalmem() / 2 ** 30)
  const versions = Object.entries(packages).map(([name, path]) => [
    name,
    JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version,
  ])
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} processors, ${memory} GiB, ${type()} ${release()}`,
    versions: {
      osscrypt: commit(),
      node: process.versions.node,
      openssl: process.versions.openssl,
      ...Object.fromEntries(versions),
    },
  }
}

/** The commit that is measured; `+` where files differ from it. */
function commit() {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname })
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '../../packages').trim() !== ''
    return `${git('rev-parse', '--short', 'HEAD').trim()}${changed ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
