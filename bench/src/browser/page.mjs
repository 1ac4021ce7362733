// Runs in Chromium, bundled by the section: does things by their names, and says how many MB/s they were.
import { OssEncryptionClient } from 'osscrypt/oss'
import { createMemoryStore } from './memory-store.mjs'

const MIB = 2 ** 20
const NAME = 'object'
const key = randomBytes(32)
const dataKeys = {
  generateDataKey: async () => ({
    dataKey: key.slice(),
    encryptedDataKeys: [{ keyArn: 'acs:kms:cn-hangzhou:1:key/page', ciphertextBlob: new Uint8Array(8) }],
  }),
  decryptDataKey: async () => key.slice(),
}

/** @param {number} length */
function randomBytes(length) {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

/**
 * Everything that is measured, by name; each gives the time that it took.
 *
 * @param {number} length
 */
async function contestants(length) {
  const plaintext = randomBytes(length)
  const blob = new Blob([plaintext])
  const client = new OssEncryptionClient({ store: createMemoryStore(length), dataKeys })
  const gcm = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) }

  /** @param {Uint8Array<ArrayBuffer>} bytes @param {(index: number, piece: Uint8Array<ArrayBuffer>) => Promise<unknown>} work */
  const inPieces = async (bytes, work) => {
    let at = 0
    const takeTurns = async () => {
      for (let start = at; start < bytes.length; start = at) {
        at += MIB
        await work(start / MIB, bytes.subarray(start, start + MIB))
      }
    }
    await Promise.all(Array.from({ length: 4 }, takeTurns))
  }
  /** Chunk by chunk, as they come, four at a time. @param {Blob} source */
  const encryptBlob = async (source) => {
    const reader = source.stream().getReader()
    const takeTurns = async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read())
        await crypto.subtle.encrypt(algorithm, gcm, next.value)
    }
    await Promise.all(Array.from({ length: 4 }, takeTurns))
  }
  /** @type {ArrayBuffer | undefined} */
  let sealed
  /** @type {ArrayBuffer[]} */
  const pieces = []
  /** The format of the object that is there. */
  let written = ''
  /** @param {() => Promise<unknown>} work */
  const timed = async (work) => {
    const startMs = performance.now()
    const result = await work()
    return { elapsedMs: performance.now() - startMs, result }
  }
  /** What is read has to be what was put, whoever measures it. @param {Uint8Array} content */
  const check = (content) => {
    if (content.length !== length) throw new Error('other bytes')
    for (let at = 0; at < length; at += 4099) if (content[at] !== plaintext[at]) throw new Error('other bytes')
  }

  /** @type {Record<string, () => Promise<{ elapsedMs: number }>>} */
  const all = {
    'raw encrypt, one call': () => timed(async () => (sealed = await crypto.subtle.encrypt(algorithm, gcm, plaintext))),
    'raw encrypt, MiB by MiB': () =>
      timed(() =>
        inPieces(
          plaintext,
          async (index, piece) => (pieces[index] = await crypto.subtle.encrypt(algorithm, gcm, piece)),
        ),
      ),
    'raw encrypt, a Blob': () => timed(() => encryptBlob(blob)),
    'raw decrypt, one call': async () => {
      const whole = (sealed ??= await crypto.subtle.encrypt(algorithm, gcm, plaintext))
      return timed(() => crypto.subtle.decrypt(algorithm, gcm, whole))
    },
    'raw decrypt, MiB by MiB': async () => {
      if (pieces.length === 0) await all['raw encrypt, MiB by MiB']?.()
      return timed(() =>
        inPieces(plaintext, async (index) => crypto.subtle.decrypt(algorithm, gcm, pieces[index] ?? new ArrayBuffer())),
      )
    },
  }
  for (const format of /** @type {const} */ (['gcm', 'floe'])) {
    const write = (/** @type {Uint8Array | Blob} */ source) => {
      written = format
      return timed(() => client.put(NAME, source, { format }))
    }
    const prepare = async () => {
      if (written !== format) await write(plaintext)
    }
    all[`put bytes, ${format}`] = () => write(plaintext)
    all[`put a Blob, ${format}`] = () => write(blob)
    all[`get, ${format}`] = async () => {
      await prepare()
      const got = await timed(() => client.get(NAME))
      check(/** @type {{ content: Uint8Array }} */ (got.result).content)
      return got
    }
    all[`getStream, ${format}`] = async () => {
      await prepare()
      return timed(async () => {
        const { stream } = /** @type {{ stream: any }} */ (await client.getStream(NAME))
        let received = 0
        const reader = stream.getReader()
        for (let next = await reader.read(); !next.done; next = await reader.read()) received += next.value.length
        if (received !== length) throw new Error('other bytes')
      })
    }
  }
  return all
}

/** @type {Awaited<ReturnType<typeof contestants>> | undefined} */
let all
let length = 0

Object.assign(globalThis, {
  prepare: async (/** @type {number} */ wanted) => {
    length = wanted
    all = await contestants(wanted)
    return Object.keys(all)
  },
  /** @param {string} name @returns MB/s */
  measure: async (name) => {
    const work = all?.[name]
    if (!work) throw new Error(`nothing is called ${name}`)
    const { elapsedMs } = await work()
    return length / 1e3 / elapsedMs
  },
})
