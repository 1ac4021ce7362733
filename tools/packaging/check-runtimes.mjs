// Runs the round trip in runners and out of bundles, against the installed packages and a local cloud of theirs.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { root } from './packages.mjs'
import { serveSite } from './serve-site.mjs'

/** @import { LocalCloud } from 'osscrypt-local' */
/** @import { Runtime } from './runtimes.mjs' */

const run = promisify(execFile)
const TIMEOUT_MS = 180_000
const BUCKET = 'runtimes'

/** What the packages of some runtimes are called when they are installed.
 * @param {readonly Runtime[]} runtimes
 */
export function packagesOf(runtimes) {
  const there = runtimes.filter(({ missing }) => missing === undefined)
  const wanted = there.flatMap(({ packages = {} }) => Object.entries(packages))
  return [...new Set(wanted.map(([name, version]) => `${name}@${version}`))]
}

/** Checks one runtime after the other.
 * @param {string} consumer The folder in which everything is installed.
 * @param {readonly Runtime[]} runtimes
 * @returns {AsyncGenerator<import('./packages.mjs').Outcome>}
 */
export async function* checkRuntimes(consumer, runtimes) {
  const local = pathToFileURL(join(consumer, 'node_modules/osscrypt-local/dist/index.js')).href
  const { startLocalCloud } = /** @type {typeof import('osscrypt-local')} */ (await import(local))
  const cloud = await startLocalCloud({ buckets: [BUCKET] })
  try {
    const cmkArn = await cloud.createKey()
    const ready = new Set()
    for (const [index, runtime] of runtimes.entries()) {
      if (runtime.missing !== undefined) {
        yield { name: runtime.name, problems: [], missing: runtime.missing }
        continue
      }
      const { setup, commands } = runtime
      const toRun = setup === undefined || ready.has(setup) ? commands : [setup, ...commands]
      ready.add(setup)
      const folder = prepareFolder(join(consumer, 'runtimes', String(index)), runtime)
      const served = join(folder, runtime.site ?? '')
      const { origin, close } = await serveSite({ consumer, folder: served, cloud, cmkArn, bucket: BUCKET })
      const begun = Date.now()
      cloud.clearRequests()
      const problem = await firstProblem(consumer, folder, toRun, environmentOf(consumer, cloud, cmkArn, origin))
      close()
      const name = `${runtime.name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`
      yield judge(name, runtime, problem ?? (runtime.ownCloud ? undefined : missingRequests(cloud)))
    }
  } finally {
    await cloud.close()
  }
}

/**
 * @param {string} consumer
 * @param {LocalCloud} cloud
 * @param {string} cmkArn
 * @param {string} origin
 */
function environmentOf(consumer, cloud, cmkArn, origin) {
  const { accessKeyId, accessKeySecret } = cloud.credentials
  return {
    ...process.env,
    ORIGIN: origin,
    OSSCRYPT_RUNTIMES: join(consumer, 'node_modules/.bin'),
    CMK_ARN: cmkArn,
    KMS_ENDPOINT: cloud.kms.endpoint,
    OSS_ENDPOINT: cloud.oss.endpoint,
    OSS_REGION: 'oss-cn-hangzhou',
    OSS_BUCKET: BUCKET,
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    NO_COLOR: '1',
  }
}

/**
 * @param {string} folder
 * @param {Runtime} runtime
 */
function prepareFolder(folder, { files = {} }) {
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(root, 'tools/packaging/round-trip.mjs'), join(folder, 'round-trip.mjs'))
  const portable = join(root, 'tools/packaging/portable')
  for (const name of readdirSync(portable)) copyFileSync(join(portable, name), join(folder, name))
  const programs = {
    'main.mjs': `import { roundTrip } from './round-trip.mjs'\nawait roundTrip()\n`,
    'main.cjs': `const { roundTrip } = require('./round-trip.mjs')\nvoid roundTrip()\n`,
  }
  for (const [name, text] of Object.entries({ ...programs, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** What the first command that fails has printed.
 * @param {string} consumer
 * @param {string} folder
 * @param {Runtime['commands']} commands
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>}
 */
async function firstProblem(consumer, folder, commands, env) {
  for (const [program, ...args] of commands) {
    const path = program === 'node' ? process.execPath : join(consumer, 'node_modules/.bin', program)
    try {
      await run(path, args, { cwd: folder, env, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 })
    } catch (error) {
      const { stdout = '', stderr = '', signal } = /** @type {import('node:child_process').ExecFileException} */ (error)
      const ended = signal ? `${String(error)} (${signal})` : String(error)
      return `${stdout}${stderr}`.trim() || ended
    }
  }
  return undefined
}

/** A program that did nothing succeeds, too.
 * @param {LocalCloud} cloud
 */
function missingRequests({ requests }) {
  const seen = new Set(requests.map(({ service, operation }) => `${service} ${operation}`))
  const wanted = ['kms GenerateDataKey', 'oss PutObject', 'oss GetObject', 'kms Decrypt']
  const missing = wanted.filter((request) => !seen.has(request))
  return missing.length === 0 ? undefined : `it ended without ${missing.join(', ')}`
}

/**
 * @param {string} name
 * @param {Runtime} runtime
 * @param {string | undefined} problem
 */
function judge(name, { cannot }, problem) {
  if (cannot === undefined) return { name, problems: problem === undefined ? [] : [shorten(problem)] }
  if (problem === undefined) return { name, problems: [`it can, by now: ${cannot.reason}`] }
  if (!cannot.says.test(problem)) return { name, problems: [shorten(problem)] }
  return { name: `${name} cannot: ${cannot.reason}`, problems: [] }
}

/** @param {string} text */
function shorten(text) {
  return text.split('\n').slice(0, 15).join('\n').slice(0, 3000)
}
