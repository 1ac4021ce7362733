// What must hold of objects where there is nothing but Web Crypto, Blobs and web streams: in a page, and in a worker.
import { cmkArns, dataKeysOf, makeClient } from './page-client.mjs'
import { ask, fails, joined, random, same } from './report.mjs'

const formats = /** @type {const} */ (['gcm', 'floe'])
const LENGTH = 700_000

/** @param {string} prefix Of the objects' names. @returns {import('./report.mjs').Cases} */
export function objectCases(prefix) {
  return {
    ...Object.fromEntries(formats.flatMap((format) => Object.entries(casesOf(format, `${prefix}/${format}`)))),
    ...old(prefix),

    async 'what Node wrote is read'() {
      const { objects } = await ask('written', null)
      for (const { name, sha256, legacy } of objects) {
        const { content } = await makeClient({ allowLegacyFormats: legacy }).get(name, {
          allowUnauthenticatedAlgorithms: true,
        })
        if ((await hash(new Uint8Array(content))) !== sha256) throw new Error(`${name}: other bytes`)
      }
    },

    async 'what a page wrote is read by Node'() {
      const objects = []
      const client = makeClient()
      for (const [name, options] of Object.entries({
        'gcm-of-page': { format: 'gcm' },
        'floe-of-page': { format: 'floe' },
        'message-of-page': { format: 'message-body' },
        'stream-of-page': { format: 'message-body', messageForm: 'stream' },
        'cbc-of-page': { algorithm: 'AES_CBC_PKCS5_256', allowUnauthenticatedAlgorithms: true },
        'sm4-of-page': { algorithm: 'SM4_GCM_NOPADDING_128' },
        'ctr-of-page': { format: 'oss-sdk-ctr', writeWithoutIntegrity: true },
      })) {
        const content = random(100_003)
        await client.put(`${prefix}/${name}`, content, /** @type {any} */ (options))
        objects.push({ name: `${prefix}/${name}`, sha256: await hash(content) })
      }
      await ask('check', objects)
    },

    async 'what is none of the platform is refused by name'() {
      const client = makeClient()
      await fails('TypeError', () => client.put('o', /** @type {any} */ ('a path')))
      await fails('TypeError', () => client.get('o', /** @type {any} */ ('a path')))
      await fails('TypeError', async () => makeClient({ store: /** @type {any} */ ({ getStream: () => undefined }) }))
    },
  }
}

/**
 * @param {(typeof formats)[number]} format
 * @param {string} prefix
 * @returns {import('./report.mjs').Cases}
 */
function casesOf(format, prefix) {
  const plaintext = random(LENGTH)
  const name = `${prefix}/object`
  const range = { start: 500_000, end: 500_999 }
  const allowUnverifiedRange = format === 'gcm'
  return {
    async [`${format}: put of all that there is, get, getStream`]() {
      const client = makeClient()
      const sources = {
        bytes: plaintext,
        buffer: plaintext.buffer,
        view: new DataView(plaintext.buffer),
        blob: new Blob([plaintext]),
        file: new File([plaintext], 'a.bin'),
        response: new Response(plaintext),
        stream: new Blob([plaintext]).stream(),
      }
      for (const [kind, source] of Object.entries(sources)) {
        const own = `${prefix}/${kind}`
        await client.put(own, source, { format, partLength: 200_000, meta: { colour: 'blue' } })
        const { content, meta, encryption, verified } = await client.get(own)
        same(content, plaintext)
        if (!verified || meta['colour'] !== 'blue' || encryption.encryptionContext['osscrypt:object'] !== own)
          throw new Error('the envelope says something else')
        same(await joined((await client.getStream(own)).stream), plaintext)
      }
    },

    async [`${format}: parts of an object, once it is there`]() {
      const client = makeClient()
      await client.put(name, plaintext, { format, segmentLength: format === 'floe' ? 65_536 : undefined })
      const part = await client.getRange(name, range, { allowUnverifiedRange })
      same(part.content, plaintext.subarray(500_000, 501_000))
      if (part.verified !== (format === 'floe')) throw new Error('a range says wrongly what was verified')
      if (format === 'gcm') {
        await fails('OsscryptError', () => client.getRange(name, range))
        await fails('OsscryptError', () => client.openRandomAccess(name))
        return
      }
      const parts = await client.getRanges(name, [{ start: 0, end: 9 }, { start: -10 }])
      same(parts[0]?.content ?? random(1), plaintext.subarray(0, 10))
      same(parts[1]?.content ?? random(1), plaintext.subarray(-10))
      const object = await client.openRandomAccess(name)
      try {
        if ((await object.verifyLength()) !== LENGTH) throw new Error('another length')
        same((await object.read({ start: 65_000, end: 199_999 })).content, plaintext.subarray(65_000, 200_000))
        same(await joined(object.createReadStream({ start: 600_000 })), plaintext.subarray(600_000))
      } finally {
        object.close()
      }
    },

    async [`${format}: head, verify, copy, rewrap, upgrade, delete`]() {
      const client = makeClient()
      await client.put(name, plaintext, { format, meta: { colour: 'blue' } })
      const head = await client.head(name)
      if (head.plaintextLength !== LENGTH || head.format !== format) throw new Error('head')
      if (format === 'floe' && (await client.head(name, { verifyLength: true })).plaintextLength !== LENGTH)
        throw new Error('head, verified')
      if (!(await client.verify(name)).verified) throw new Error('verify')
      await client.copy(`${name}-copy`, name)
      same((await client.get(`${name}-copy`)).content, plaintext)
      await client.rewrap(name, { to: cmkArns[1] ?? '' })
      await fails('KeyError', () => client.get(name))
      const other = makeClient({ dataKeys: dataKeysOf(cmkArns[1] ?? '') })
      same((await other.get(name)).content, plaintext)
      const { upgraded } = await other.upgrade(name)
      if (upgraded !== (format === 'gcm')) throw new Error('upgrade')
      const { content, meta, format: now } = await other.get(name)
      same(content, plaintext)
      if (now !== 'floe' || meta['colour'] !== 'blue') throw new Error('after the upgrade')
      await client.delete(`${name}-copy`)
      await fails('ServiceError', () => client.get(`${name}-copy`))
    },

    async [`${format}: progress, and an end when it is wanted`]() {
      const client = makeClient()
      const steps = /** @type {number[]} */ ([])
      const progress = (/** @type {{ bytes: number }} */ { bytes }) => void steps.push(bytes)
      await client.put(name, new Blob([plaintext]), { format, partLength: 200_000, progress })
      await client.get(name, { progress })
      if (steps.length < 6 || !steps.every((bytes) => bytes > 0)) throw new Error(`progress: ${String(steps)}`)
      const controller = new AbortController()
      const { signal } = controller
      const reason = new Error('enough')
      reason.name = 'Enough'
      const ending = () => controller.abort(reason)
      await fails('Enough', () =>
        client.put(`${name}-2`, plaintext, { format, partLength: 110_000, signal, progress: ending }),
      )
      await fails('Enough', () => client.get(name, { signal }))
      await fails('ServiceError', () => client.get(`${name}-2`))
    },

    async [`${format}: a text, which OSS compresses for browsers`]() {
      const client = makeClient()
      const text = new File([plaintext], 'a.txt', { type: 'text/plain' })
      await client.put(`${prefix}/a.txt`, text, { format })
      const { content, res } = await client.get(`${prefix}/a.txt`)
      same(content, plaintext)
      // Of which Bun makes text in UTF-8.
      const { type } = text
      if (!type.startsWith('text/plain') || res.headers['content-type'] !== type)
        throw new Error(`it is ${res.headers['content-type'] ?? ''} now`)
      same(await joined((await client.getStream(`${prefix}/a.txt`)).stream), plaintext)
      const part = await client.getRange(`${prefix}/a.txt`, range, { allowUnverifiedRange })
      same(part.content, plaintext.subarray(500_000, 501_000))
      await client.verify(`${prefix}/a.txt`)
      await client.copy(`${prefix}/b.txt`, `${prefix}/a.txt`)
      same((await client.get(`${prefix}/b.txt`)).content, plaintext)
      if ((await client.head(`${prefix}/b.txt`)).res.headers['content-type'] !== type) throw new Error('copied')
    },

    async [`${format}: changed bytes are noticed`]() {
      const client = makeClient({ fetch: fetchChanged })
      await makeClient().put(name, plaintext, { format })
      await fails('IntegrityError', () => client.get(name))
      await fails('IntegrityError', () => client.verify(name))
    },
  }
}

/** @param {string} prefix @returns {import('./report.mjs').Cases} */
function old(prefix) {
  const plaintext = random(70_001)
  const name = `${prefix}/old`
  return {
    async 'what the OSS SDKs write themselves is read only where it is allowed, and upgraded'() {
      const client = makeClient()
      await client.put(name, plaintext, { format: 'oss-sdk-ctr', writeWithoutIntegrity: true })
      await fails('OsscryptError', () => client.get(name))
      const allowing = makeClient({ allowLegacyFormats: true })
      const { content, verified } = await allowing.get(name)
      same(content, plaintext)
      if (verified) throw new Error('said to be verified')
      await allowing.upgrade(name)
      same((await client.get(name)).content, plaintext)
    },
  }
}

/** @type {typeof fetch} */
async function fetchChanged(...given) {
  const answer = await fetch(...given)
  if (answer.status !== 200 && answer.status !== 206) return answer
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (bytes.length > 100_000) bytes[100_000] = (bytes[100_000] ?? 0) ^ 1
  return new Response(bytes, answer)
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
