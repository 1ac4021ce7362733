import { deepStrictEqual, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleForBrowser, importBundle } from '../bundle-size.mjs'
import { measureInstallation } from '../install-size.mjs'

const bench = fileURLToPath(new URL('../..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const command = fileURLToPath(new URL('../../../packages/cli/bin/osscrypt.js', import.meta.url))

/** @type {import('../result.js').RunSection} */
export async function run(section) {
  await measureStart(section)
  recordInstallations(section)
  await recordBundles(section)
}

/** Whole processes, from their start to their end.
 * @param {import('../result.js').Bench} section
 */
async function measureStart(section) {
  const node = (/** @type {string[]} */ ...parameters) =>
    promisify(execFile)(process.execPath, parameters, { cwd: bench })
  const time =
    (/** @type {string[]} */ ...parameters) =>
    async () => {
      const startMs = performance.now()
      await node(...parameters)
      return performance.now() - startMs
    }
  const timeImport = (/** @type {string} */ name) => time('--eval', `import('${name}')`)
  const nothing = { name: 'node doing nothing', measure: time('--eval', '0') }
  const aws = { name: '@aws-crypto/client-node', measure: timeImport('@aws-crypto/client-node') }
  const aliOss = { name: 'ali-oss', measure: timeImport('ali-oss') }
  const contest = /** @type {const} */ ({ unit: 'ms', better: 'lower' })

  match((await node(command, '--version')).stdout, /^\d+\.\d+\.\d+/)
  await section.compete({
    ...contest,
    name: "A process that imports 'osscrypt'",
    ours: timeImport('osscrypt'),
    peers: [nothing, aws],
  })
  await section.compete({
    ...contest,
    name: "A process that imports 'osscrypt/oss'",
    ours: timeImport('osscrypt/oss'),
    peers: [nothing, aliOss],
  })
  await section.compete({
    ...contest,
    name: 'The command osscrypt --version',
    ours: time(command, '--version'),
    peers: [nothing],
  })
}

/** @param {import('../result.js').Bench} section */
function recordInstallations(section) {
  const own = [
    { what: 'osscrypt without its peer ali-oss', ours: measureInstallation(root, 'packages/sdk', ['ali-oss']) },
    { what: 'osscrypt with ali-oss', ours: measureInstallation(root, 'packages/sdk') },
  ]
  const peers = [
    { name: '@aws-crypto/client-node', theirs: measureInstallation(bench, 'node_modules/@aws-crypto/client-node') },
    { name: 'age-encryption', theirs: measureInstallation(bench, 'node_modules/age-encryption') },
    { name: 'ali-oss alone', theirs: measureInstallation(root, 'node_modules/ali-oss') },
  ]
  for (const { what, ours } of own) {
    for (const { name: baselineName, theirs } of peers) {
      const result = /** @type {const} */ ({ better: 'lower', baselineName })
      section.record({
        ...result,
        name: `Installed size of ${what}`,
        unit: 'MB',
        ours: [ours.bytes / 1e6],
        baseline: [theirs.bytes / 1e6],
      })
      section.record({
        ...result,
        name: `Production dependencies of ${what}`,
        unit: 'packages',
        ours: [ours.packages],
        baseline: [theirs.packages],
      })
    }
  }
}

/** @param {import('../result.js').Bench} section */
async function recordBundles(section) {
  const ours = await bundleForBrowser('osscrypt/floe', ['createFloe', 'openFloe', 'encryptFloe', 'decryptFloe'])
  const theirs = await bundleForBrowser('age-encryption', ['Encrypter', 'Decrypter'])
  await checkFloe(await importBundle(ours.code))
  await checkAge(await importBundle(theirs.code))
  const result = /** @type {const} */ ({ unit: 'bytes', better: 'lower', baselineName: 'age-encryption' })
  const name = 'Bundle for browsers of the portable core (osscrypt/floe)'
  section.record({ ...result, name: `${name}, minified`, ours: [ours.bytes], baseline: [theirs.bytes] })
  section.record({ ...result, name: `${name}, gzip`, ours: [ours.gzipBytes], baseline: [theirs.gzipBytes] })
}

/** @param {typeof import('osscrypt/floe')} floe */
async function checkFloe({ createFloe, openFloe, encryptFloe, decryptFloe }) {
  const key = randomBytes(32)
  const plaintext = randomBytes(100_000)
  const writing = await createFloe(key, new Uint8Array(0))
  const [header = new Uint8Array(0), ...segments] = await collect(encryptFloe(writing, inOnePiece(plaintext)))
  const reading = await openFloe(key, new Uint8Array(0), header)
  const decrypted = await collect(decryptFloe(reading, inOnePiece(Buffer.concat(segments))))
  deepStrictEqual(Buffer.concat(decrypted), plaintext)
}

/** @param {any} age */
async function checkAge({ Encrypter, Decrypter }) {
  const encrypter = new Encrypter()
  const decrypter = new Decrypter()
  encrypter.setScryptWorkFactor(1)
  encrypter.setPassphrase('bench')
  decrypter.addPassphrase('bench')
  const plaintext = randomBytes(100_000)
  deepStrictEqual(Buffer.from(await decrypter.decrypt(await encrypter.encrypt(plaintext))), plaintext)
}

/** @param {AsyncIterable<Uint8Array>} pieces */
async function collect(pieces) {
  const all = []
  for await (const piece of pieces) all.push(piece)
  return all
}

/** @param {Uint8Array} bytes */
async function* inOnePiece(bytes) {
  yield bytes
}
