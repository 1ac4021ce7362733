// Runs the built test suite on other versions of Node, which it fetches from npm: `npm run test:node-versions`.
// Takes the major versions as arguments, 22, 24 and 26 by default.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countResults } from './test-results.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, 'node_modules/.cache/osscrypt-node')
const platform = process.platform === 'win32' ? 'win' : process.platform
const packageName = `node-${platform}-${process.arch}`
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']

const reports = mkdtempSync(join(tmpdir(), 'osscrypt-node-versions-'))
let totalPassed = 0
let totalFailed = 0
try {
  for (const major of majors) {
    const { line, passed, failed } = await testOn(major)
    console.log(line)
    totalPassed += passed
    totalFailed += failed
  }
} finally {
  rmSync(reports, { recursive: true, force: true })
}
console.log(`${totalPassed} passed, ${totalFailed} failed`)
process.exitCode = totalFailed === 0 ? 0 : 1

/** @param {string} major */
async function testOn(major) {
  const node = await fetchNode(major)
  if (node === undefined) return { line: `Node ${major}: could not be fetched from npm`, passed: 0, failed: 1 }
  const version = (await run(node, ['--version'])).output.trim()
  const report = join(reports, `${major}.json`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code, output } = await run(node, [vitest, ...options])
  const { passed, failed, skipped } = countResults(report, code)
  if (failed > 0) console.log(output)
  return { line: `Node ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`, passed, failed }
}

/** Installs a version of Node beside the repository's other caches; returns the path of its executable.
 * @param {string} major
 */
async function fetchNode(major) {
  const folder = join(cache, major)
  const node = join(folder, 'node_modules', packageName, 'bin', platform === 'win' ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error']
  const { output } = await run('npm', ['install', '--prefix', folder, ...options, `${packageName}@${major}`], folder)
  if (existsSync(node)) return node
  console.log(output)
  return undefined
}

/** Runs a command to its end, with no input.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(command, args, cwd = root) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: 'true' } })
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => {
      resolve({ code: 1, output: output + error.message })
    })
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output })
    })
  })
}
