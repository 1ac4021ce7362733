// node memory.mjs <task> [<number>]: carries out one task with the built package and prints what memory it took.
import { Readable } from 'node:stream'
import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'

const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/first'
const MIB = 1024 * 1024

/** A KMS that knows one data key, and counts what it is asked. */
const dataKey = randomBytes(32)
let asked = 0
const kms = /** @type {any} */ ({
  async generateDataKey() {
    asked += 1
    return { plaintext: Buffer.from(dataKey), ciphertextBlob: Buffer.alloc(60), keyId: 'first' }
  },
  async decrypt() {
    asked += 1
    return { plaintext: Buffer.from(dataKey), keyId: 'first' }
  },
})
const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(CMK, { kms }) })

let peak = 0
const before = process.memoryUsage().rss
const note = (/** @type {unknown[]} */ ..._chunks) => (peak = Math.max(peak, process.memoryUsage().rss))
const timer = setInterval(note, 5)
const start = performance.now()

/** @type {Record<string, (number: number) => Promise<object>>} */
const tasks = { roundTrip, drip, hostile }
const result = await tasks[process.argv[2] ?? '']?.(Number(process.argv[3]))
note()
clearInterval(timer)
console.log(
  JSON.stringify({
    ...result,
    growthMb: Math.round((peak - before) / MIB),
    elapsedMs: Math.round(performance.now() - start),
  }),
)

/** So many MiB through encryptStream and decryptStream. */
async function roundTrip(/** @type {number} */ mib) {
  const block = randomBytes(MIB)
  let bytes = 0
  await pipeline(
    Readable.from(
      (function* () {
        for (let index = 0; index < mib; index += 1) yield block
      })(),
      { objectMode: false },
    ),
    sdk.encryptStream(),
    sdk.decryptStream(),
    async (/** @type {AsyncIterable<Buffer>} */ chunks) => {
      for await (const chunk of chunks) bytes += chunk.length
    },
  )
  return { bytes }
}

/** So many bytes of a message, one by one. */
async function drip(/** @type {number} */ length) {
  const encrypting = sdk.encryptStream()
  encrypting.end(Buffer.alloc(length))
  const message = Buffer.concat(await encrypting.toArray())
  let bytes = 0
  await pipeline(
    (function* () {
      for (let at = 0; at < message.length; at += 1) yield message.subarray(at, at + 1)
    })(),
    sdk.decryptStream(),
    async (/** @type {AsyncIterable<Buffer>} */ chunks) => {
      for await (const chunk of chunks) bytes += chunk.length
    },
  )
  return { bytes }
}

/** A header that claims 2^32-1 in one of its length fields, and a stream without an end behind it. */
async function hostile(/** @type {number} */ field) {
  const uint32 = (/** @type {number} */ value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])
  const fields = [
    [uint32(1), uint32(2)],
    [uint32(0), uint32(1)],
    [uint32(CMK.length), Buffer.from(CMK)],
    [uint32(4), Buffer.from('YWJj')],
    [uint32(12), Buffer.alloc(12)],
    [uint32(16), Buffer.alloc(16)],
    [Buffer.from([12, 0, 0, 0]), Buffer.alloc(12)],
  ]
  // Which length is replaced: of context, data keys, ARN, blob, header iv, header tag, iv.
  const [at, part] = [
    [1, 0],
    [1, 1],
    [2, 0],
    [3, 0],
    [4, 0],
    [5, 0],
    [6, 0],
  ][field] ?? [0, 0]
  const parts = fields.flatMap((pair, index) =>
    pair.map((bytes, which) => (index === at && which === part ? uint32(0xffffffff) : bytes)),
  )
  let fed = 0
  function* endless() {
    yield Buffer.concat(parts)
    for (;;) {
      fed += 65536
      yield Buffer.alloc(65536, 0x41)
    }
  }
  /** @type {any} */
  let error
  try {
    await pipeline(endless(), sdk.decryptStream(), async (/** @type {AsyncIterable<Buffer>} */ chunks) => {
      for await (const chunk of chunks) note(chunk)
    })
  } catch (thrown) {
    error = thrown
  }
  return { name: error?.name, code: error?.code, fed, asked }
}
