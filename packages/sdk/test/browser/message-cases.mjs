// What must hold of messages where there is nothing but Web Crypto and web streams.
import { EncryptionSdk, RawAesDataKeyProvider } from 'osscrypt'
import { createFloe, decryptFloe, encryptFloe, openFloe } from 'osscrypt/floe'
import { GcmMessage } from '../../dist/crypto/gcm-message.js'
import { fails, joined, random, same } from './report.mjs'

/** @type {import('./report.mjs').Cases} */
export const messageCases = {
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

  async 'messages and streams go there and back'() {
    const dataKeys = new RawAesDataKeyProvider({ name: 'page', key: random(32) })
    const sdk = new EncryptionSdk({ dataKeys })
    const plaintext = random(1_500_001)
    const { message } = await sdk.encrypt(plaintext)
    same((await sdk.decrypt(message)).plaintext, plaintext)
    for (const algorithm of /** @type {const} */ ([
      'AES_GCM_NOPADDING_256',
      'AES_CTR_NOPADDING_256',
      'SM4_CBC_PKCS5_128',
    ])) {
      const options = { allowUnauthenticatedAlgorithms: true }
      const encrypting = sdk.encryptWebStream({ ...options, algorithm })
      const decrypting = sdk.decryptWebStream(options)
      const opened = new Blob([plaintext.subarray(0, 100_001)]).stream().pipeThrough(encrypting).pipeThrough(decrypting)
      same(await joined(opened), plaintext.subarray(0, 100_001))
      if ((await decrypting.encryption).algorithm !== algorithm) throw new Error('the header says something else')
    }
    message[message.length - 1] = (message[message.length - 1] ?? 0) ^ 1
    await fails('IntegrityError', () => sdk.decrypt(message))
  },

  async 'a stream that is ended ends whoever writes'() {
    const sdk = new EncryptionSdk({ dataKeys: new RawAesDataKeyProvider({ name: 'page', key: random(32) }) })
    const controller = new AbortController()
    const { readable, writable } = sdk.encryptWebStream({ signal: controller.signal })
    const endless = new ReadableStream({ pull: (source) => source.enqueue(random(65_536)) })
    const written = endless.pipeTo(writable)
    const reader = readable.getReader()
    await reader.read()
    const reason = new Error('enough')
    reason.name = 'Enough'
    controller.abort(reason)
    await fails('Enough', async () => {
      for (;;) if ((await reader.read()).done) return
    })
    await fails('Enough', () => written)
  },
}

/** @param {Uint8Array} bytes */
async function* pieces(bytes) {
  for (let start = 0; start < bytes.length; start += 10_000) yield bytes.subarray(start, start + 10_000)
}
