// Runs in Chromium, bundled by the test: what must hold of the library where there is nothing but Web Crypto, Blobs and web streams.
import { createFloe, decryptFloe, encryptFloe, openFloe } from 'osscrypt/floe'
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { GcmMessage } from '../../dist/crypto/gcm-message.js'

/** @type {Record<string, () => Promise<void>>} */
const cases = {
  async 'AES-GCM in parts is what Web Crypto makes in one call'() {
    const rawKey = random(32)
    const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt'])
    for (const [length, part] of /** @type {const} */ ([
      [0, 16],
      [1, 16],
      [17, 16],
      [4096, 1024],
      [100_001, 4096],
      [1_048_581, 262_144],
    ])) {
      const [iv, additionalData, plaintext] = [random(12), random(33), random(length)]
      const sealed = new Uint8Array(
        await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plaintext),
      )
      const starts = Array.from({ length: Math.max(1, Math.ceil(length / part)) }, (_, index) => index * part).reverse()
      const message = await GcmMessage.create(rawKey, iv, additionalData)
      const ciphertext = new Uint8Array(length)
      await Promise.all(
        starts.map(async (start) => {
          const encrypted = await message.encryptPart(start, plaintext.subarray(start, start + part))
          ciphertext.set(/** @type {Uint8Array} */ (encrypted), start)
        }),
      )
      same(ciphertext, sealed.subarray(0, length))
      same(message.tag(), sealed.subarray(length))
      const opening = await GcmMessage.create(rawKey, iv, additionalData)
      for (const start of starts) {
        same(
          await opening.decryptPart(start, ciphertext.subarray(start, start + part)),
          plaintext.subarray(start, start + part),
        )
      }
      opening.verify(sealed.subarray(length))
    }
  },

  async 'FLOE goes there and back, and notices a flipped bit'() {
    const [key, aad, plaintext] = [random(32), random(10), random(70_000)]
    const cipher = await createFloe(key, aad, { segmentLength: 4096 })
    const sealed = await joined(encryptFloe(cipher, pieces(plaintext)))
    const opened = await openFloe(key, aad, sealed.subarray(0, 74))
    same(await joined(decryptFloe(opened, pieces(sealed.subarray(74)))), plaintext)
    sealed[50_000] = (sealed[50_000] ?? 0) ^ 1
    await fails('IntegrityError', () => joined(decryptFloe(opened, pieces(sealed.subarray(74)))))
  },

  ...Object.fromEntries(
    /** @type {const} */ (['gcm', 'floe']).map((format) => [
      `${format} objects go to OSS and back by signed URLs`,
      async () => {
        const client = makeClient()
        const plaintext = random(700_000)
        const options = { format, partLength: 200_000, meta: { colour: 'blue' } }
        const sources = {
          bytes: plaintext,
          blob: new Blob([plaintext]),
          file: new File([plaintext], 'a.bin'),
          response: new Response(plaintext),
          stream: new Blob([plaintext]).stream(),
        }
        for (const [kind, source] of Object.entries(sources)) {
          const name = `browser/${format}/${kind}`
          await client.put(name, source, options)
          const { content, meta, encryption } = await client.get(name)
          same(content, plaintext)
          if (meta['colour'] !== 'blue' || encryption.encryptionContext['osscrypt:object'] !== name)
            throw new Error('envelope')
          same(await joined((await client.getStream(name)).stream), plaintext)
          const range = { start: 500_000, end: 500_999 }
          const part = await client.getRange(name, range, { allowUnverifiedRange: true })
          same(part.content, plaintext.subarray(500_000, 501_000))
          if (part.verified !== (format === 'floe')) throw new Error('a range says wrongly what was verified')
        }
        await client.copy(`browser/${format}/copy`, `browser/${format}/bytes`)
        same((await client.get(`browser/${format}/copy`)).content, plaintext)
        await client.delete(`browser/${format}/copy`)
        await fails('ServiceError', () => client.get(`browser/${format}/copy`))
        await fails('IntegrityError', () => makeClient({ changed: true }).get(`browser/${format}/bytes`))
      },
    ]),
  ),

  async 'objects go to OSS and back by a broker of another origin'() {
    const url = await (await fetch('/broker')).text()
    const broker = { url, headers: { authorization: 'anna' } }
    const store = new PresignedStore({ sign: signByBroker(broker) })
    const dataKeys = new BrokerDataKeyProvider(broker)
    const client = new OssEncryptionClient({ store, dataKeys, multipartThreshold: 250_000, idleTimeoutMs: 5000 })
    for (const format of /** @type {const} */ (['gcm', 'floe'])) {
      for (const length of [0, 1000, 700_000]) {
        const plaintext = random(length)
        await client.put('anna/a', new Blob([plaintext]), { format, partLength: 200_000, meta: { colour: 'blue' } })
        const { content, res } = await client.get('anna/a')
        same(content, plaintext)
        if (res.headers['cache-control'] !== undefined) throw new Error('a header that nobody gave')
      }
      await client.rewrap('anna/a', { to: dataKeys })
      if ((await client.get('anna/a')).content.length !== 700_000) throw new Error('other bytes')
      await client.delete('anna/a')
    }
    await fails('ServiceError', () => client.get('bert/a'))
    const whole = new OssEncryptionClient({ store, dataKeys, multipartThreshold: Infinity })
    await fails('ServiceError', () => whole.put('anna/long', random(800_001)))
  },

  async 'what a browser cannot do is refused by name'() {
    await fails('FormatError', () => makeClient().put('o', random(16), { algorithm: 'SM4_GCM_NOPADDING_128' }))
  },
}

const keys = /** @type {Uint8Array<ArrayBuffer>[]} */ ([])
const dataKeys = {
  async generateDataKey(/** @type {{ algorithm: { keyLength: number } }} */ { algorithm }) {
    const dataKey = random(algorithm.keyLength)
    keys.push(dataKey.slice())
    const encryptedDataKeys = [{ keyArn: 'acs:kms:cn-hangzhou:1:key/page', ciphertextBlob: Uint8Array.of(keys.length) }]
    return { dataKey, encryptedDataKeys }
  },
  async decryptDataKey(/** @type {any} */ { encryptedDataKeys }) {
    return keys[encryptedDataKeys[0].ciphertextBlob[0] - 1]?.slice() ?? null
  },
}

function makeClient({ changed = false } = {}) {
  const store = new PresignedStore({
    sign: async ({ operation: _operation, signal: _signal, ...request }) => {
      const answer = await fetch('/sign', { method: 'POST', body: JSON.stringify(request) })
      return /** @type {{ url: string }} */ (await answer.json())
    },
    fetch: changed ? fetchChanged : (...given) => fetch(...given),
  })
  return new OssEncryptionClient({ store, dataKeys, multipartThreshold: 400_000, idleTimeoutMs: 5000 })
}

/** @type {typeof fetch} */
async function fetchChanged(...given) {
  const answer = await fetch(...given)
  if (answer.status !== 200 && answer.status !== 206) return answer
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (bytes.length > 100_000) bytes[100_000] = (bytes[100_000] ?? 0) ^ 1
  return new Response(bytes, answer)
}

/** @param {number} length */
function random(length) {
  const bytes = new Uint8Array(length)
  for (let start = 0; start < length; start += 65_536) crypto.getRandomValues(bytes.subarray(start, start + 65_536))
  return bytes
}

/** @param {Uint8Array} left @param {Uint8Array} right */
function same(left, right) {
  if (left.length !== right.length || left.some((byte, index) => byte !== right[index])) throw new Error('other bytes')
}

/** @param {string} name @param {() => Promise<unknown>} work */
async function fails(name, work) {
  const error = await work().then(
    () => undefined,
    (/** @type {unknown} */ thrown) => /** @type {Error} */ (thrown),
  )
  if (error?.name !== name) throw new Error(`${name} was to be thrown, and not ${String(error)}`)
}

/** @param {Uint8Array} bytes */
async function* pieces(bytes) {
  for (let start = 0; start < bytes.length; start += 10_000) yield bytes.subarray(start, start + 10_000)
}

/** @param {AsyncIterable<Uint8Array>} source */
async function joined(source) {
  const parts = /** @type {Uint8Array<ArrayBuffer>[]} */ ([])
  for await (const part of source) parts.push(new Uint8Array(part))
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

/** @type {Record<string, string>} */
const results = {}
for (const [name, run] of Object.entries(cases)) {
  results[name] = await run().then(
    () => 'passed',
    (/** @type {unknown} */ error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
}
await fetch('/results', { method: 'POST', body: JSON.stringify(results) })
