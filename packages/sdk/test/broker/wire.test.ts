import { createCipheriv, createDecipheriv, createECDH, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { DataKeyProvider, EncryptionMaterials } from 'osscrypt'
import { BrokerDataKeyProvider } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import {
  createPageKey,
  transcriptOf,
  unwrapInPage,
  wrapToPage,
  importPublicKey,
} from '../../src/broker/key-wrapping.js'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { ask, stamped, useBroker, type Handler } from '../support/broker-fixture.js'
import { useCloud } from '../support/cloud-fixture.js'

const cloud = useCloud()
const { page, broker, reach, sent, answered } = useBroker(cloud)
const algorithm = algorithmByName('AES_GCM_NOPADDING_256')
const encryptionContext = { tenant: 'anna', 'osscrypt:object': 'anna/a' }
const request = { algorithm, encryptionContext }
const tenant = { encryptionContext: { tenant: 'anna' } }
const noKey = { code: 'InvalidDataKey' }
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

interface Answer {
  encryptedDataKeys: { keyArn: string; ciphertextBlob: string }[]
  publicKey: string
  ciphertext: string
}

/** Somebody on the way who changes what the broker answers. */
const between =
  (handler: Handler, change: (answer: Answer) => unknown): Handler =>
  async (question) => {
    const response = await handler(question)
    return Response.json(change((await response.json()) as Answer))
  }

const provider = (handler: Handler = broker()) => new BrokerDataKeyProvider(reach('anna', handler))

function flipped(text: string, at = 0): string {
  const bytes = Buffer.from(text, 'base64')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return base64(bytes)
}

describe('somebody on the way gets nothing by changing an answer', () => {
  const other = { keyArn: 'acs:kms:cn-hangzhou:1:key/x', ciphertextBlob: 'AAAA' }
  const point = (...parts: Buffer[]) => base64(Buffer.concat(parts))
  test.each<[string, (answer: Answer) => unknown]>([
    [
      'the wrapped key',
      (answer) => ({
        ...answer,
        encryptedDataKeys: answer.encryptedDataKeys.map((each) => ({
          ...each,
          ciphertextBlob: flipped(each.ciphertextBlob),
        })),
      }),
    ],
    [
      'the CMK',
      (answer) => ({
        ...answer,
        encryptedDataKeys: answer.encryptedDataKeys.map((each) => ({ ...each, keyArn: other.keyArn })),
      }),
    ],
    ['one wrapped key more', (answer) => ({ ...answer, encryptedDataKeys: [...answer.encryptedDataKeys, other] })],
    ['none', (answer) => ({ ...answer, encryptedDataKeys: [] })],
    ['the ciphertext', (answer) => ({ ...answer, ciphertext: flipped(answer.ciphertext) })],
    ['its tag', (answer) => ({ ...answer, ciphertext: flipped(answer.ciphertext, 47) })],
    ['its length', (answer) => ({ ...answer, ciphertext: answer.ciphertext.slice(0, -4) })],
    ['the public key', (answer) => ({ ...answer, publicKey: flipped(answer.publicKey, 10) })],
    ['the public key for infinity', (answer) => ({ ...answer, publicKey: point(Buffer.alloc(1)) })],
    ['the public key for zeros', (answer) => ({ ...answer, publicKey: point(Buffer.of(4), Buffer.alloc(64)) })],
    [
      'the public key for a point of a curve with a small order',
      (answer) => ({ ...answer, publicKey: point(Buffer.of(4), Buffer.alloc(63), Buffer.of(1)) }),
    ],
    [
      'the public key for its compressed form',
      (answer) => {
        const bytes = Buffer.from(answer.publicKey, 'base64')
        return { ...answer, publicKey: point(Buffer.of(2 + ((bytes[64] ?? 0) & 1)), bytes.subarray(1, 33)) }
      },
    ],
    ['nothing', () => null],
    ['texts for numbers', () => ({ encryptedDataKeys: 1, publicKey: 2, ciphertext: 3 })],
    ['what is no list', (answer) => ({ ...answer, encryptedDataKeys: { length: 1 } })],
  ])('%s', async (_, change) => {
    await expect(provider(between(broker(), change)).generateDataKey(request)).rejects.toMatchObject(noKey)
  })

  test('by an answer to another question of the page, or to another page', async () => {
    let old: Answer | undefined
    const swapping = between(broker(), (answer) => (old ??= answer))
    await provider(swapping).generateDataKey(request)
    await expect(provider(swapping).generateDataKey(request)).rejects.toMatchObject(noKey)
  })

  test('by a key of their own', async () => {
    const forging = between(broker(), (answer) => {
      const own = createECDH('prime256v1')
      return { ...answer, publicKey: own.generateKeys('base64'), ciphertext: base64(randomBytes(48)) }
    })
    await expect(provider(forging).generateDataKey(request)).rejects.toMatchObject(noKey)
  })
})

describe('somebody on the way gets nothing into a page by changing a question', () => {
  test.each([
    ['its nonce', { nonce: base64(randomBytes(16)) }],
    ['its time', { timeMs: Date.now() - 1000 }],
    ['the context', { encryptionContext: { tenant: 'anna', 'osscrypt:object': 'anna/b' } }],
    ['the algorithm', { algorithm: 'AES_GCM_NOPADDING_128' }],
    ['the public key', { publicKey: createECDH('prime256v1').generateKeys('base64') }],
  ])('%s', async (_, more) => {
    const changing = new BrokerDataKeyProvider(reach('anna', broker(), (question) => ({ ...question, ...more })))
    await expect(changing.generateDataKey(request)).rejects.toMatchObject(noKey)
  })

  test('a new key for an old one that they know', async () => {
    await page('anna').put('anna/a', Buffer.from('x'), tenant)
    await page('anna').get('anna/a')
    const asked = sent.map((text) => JSON.parse(text) as { kind: string; header?: string })
    const { header } = asked.find(({ kind }) => kind === 'decrypt') ?? {}
    const toOld = new BrokerDataKeyProvider(
      reach('anna', broker(), ({ nonce, timeMs, publicKey }) => ({
        kind: 'decrypt',
        publicKey,
        header,
        nonce,
        timeMs,
      })),
    )
    const before = answered.length
    await expect(toOld.generateDataKey(request)).rejects.toMatchObject(noKey)
    // The broker did answer: it is the page that refuses.
    expect(answered[before]).toContain('ciphertext')
  })
})

test('what passed by opens with no other key, and for no other question', async () => {
  const [mine, theirs] = [await createPageKey(), await createPageKey()]
  const keys = [{ keyArn: 'a', ciphertextBlob: Uint8Array.of(1) }]
  const transcript = await transcriptOf(Buffer.from('question'), keys)
  const dataKey = new Uint8Array(randomBytes(32))
  const wrapped = await wrapToPage(dataKey, await importPublicKey(mine.publicKey), transcript)
  expect(await unwrapInPage(wrapped, mine, transcript)).toEqual(dataKey)
  await expect(unwrapInPage(wrapped, theirs, transcript)).rejects.toThrow()
  await expect(unwrapInPage(wrapped, mine, await transcriptOf(Buffer.from('questioN'), keys))).rejects.toThrow()
  await expect(unwrapInPage(wrapped, mine, await transcriptOf(Buffer.from('question'), []))).rejects.toThrow()
  // Two answers to one question have nothing in common.
  const again = await wrapToPage(dataKey, await importPublicKey(mine.publicKey), transcript)
  expect(again.publicKey).not.toEqual(wrapped.publicKey)
  expect(again.ciphertext).not.toEqual(wrapped.ciphertext)
})

test('a rewrap is of the page’s own data key, or none', async () => {
  await page('anna').put('anna/a', Buffer.from('x'), tenant)
  const inner = cloud.dataKeys()
  const wrong: DataKeyProvider = {
    generateDataKey: (asked) => inner.generateDataKey(asked),
    decryptDataKey: async (asked) => {
      const key = await inner.decryptDataKey(asked)
      return key && new Uint8Array(key)
    },
  }
  const lying = between(broker(), (answer) => ({ ...answer, encryptedDataKeys: [] }))
  await expect(page('anna').rewrap('anna/a', { to: provider(lying) })).rejects.toMatchObject(noKey)
  const cannot = provider(broker({ dataKeys: wrong }))
  await expect(page('anna').rewrap('anna/a', { to: cannot })).rejects.toMatchObject({ code: 'AccessDenied' })
})

describe('the broker leaves no key behind', () => {
  const seen: Uint8Array[] = []
  const spy = (inner: DataKeyProvider): DataKeyProvider => ({
    generateDataKey: async (asked) => {
      const materials: EncryptionMaterials = await inner.generateDataKey(asked)
      seen.push(materials.dataKey)
      return materials
    },
    decryptDataKey: async (asked) => {
      const key = await inner.decryptDataKey(asked)
      if (key) seen.push(key)
      return key
    },
  })
  const allZeros = () => seen.length > 0 && seen.every((key) => key.every((byte) => byte === 0))

  test('once it has answered', async () => {
    seen.length = 0
    const client = page('anna', broker({ dataKeys: spy(cloud.dataKeys()) }))
    for (const format of ['gcm', 'floe'] as const) {
      await client.put('anna/a', Buffer.from('x'), { format, ...tenant })
      await client.get('anna/a')
    }
    expect(seen).toHaveLength(4)
    expect(allZeros()).toBe(true)
  })

  test('nor where it does not answer', async () => {
    seen.length = 0
    const handler = broker({ dataKeys: spy(cloud.dataKeys()), audit: () => Promise.reject(new Error('disk full')) })
    await expect(provider(handler).generateDataKey(request)).rejects.toMatchObject({ code: 'ServiceFailure' })
    expect(allZeros()).toBe(true)
  })
})

// docs/BROKER.md, "The protocol", by Node's own crypto: what a backend in another language has to do.
describe('the protocol', () => {
  const agree = (own: ReturnType<typeof createECDH>, theirs: Buffer, pageFirst: [Buffer, Buffer]) => {
    const info = 'osscrypt broker 1: data key'
    return Buffer.from(hkdfSync('sha256', own.computeSecret(theirs), Buffer.concat(pageFirst), info, 32))
  }
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const transcript = (question: Buffer, keys: Answer['encryptedDataKeys']) => {
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a.keyArn), Buffer.from(b.keyArn)))
    const texts = sorted.flatMap(({ keyArn, ciphertextBlob }) =>
      [keyArn, ciphertextBlob].map((text) => Buffer.from(text)),
    )
    const digest = createHash('sha256').update(question).digest()
    return Buffer.concat([digest, uint32(keys.length), ...texts.flatMap((bytes) => [uint32(bytes.length), bytes])])
  }

  test('is spoken by a broker of another make', async () => {
    const dataKey = randomBytes(32)
    const keys = [
      { keyArn: 'acs:kms:cn-hangzhou:1:key/b', ciphertextBlob: base64(randomBytes(90)) },
      { keyArn: 'acs:kms:cn-hangzhou:1:key/a', ciphertextBlob: base64(randomBytes(91)) },
    ]
    const other: Handler = async (asked) => {
      const question = Buffer.from(await asked.arrayBuffer())
      const { publicKey } = JSON.parse(question.toString()) as { publicKey: string }
      const own = createECDH('prime256v1')
      const ours = own.generateKeys()
      const theirs = Buffer.from(publicKey, 'base64')
      const cipher = createCipheriv('aes-256-gcm', agree(own, theirs, [theirs, ours]), Buffer.alloc(12))
      cipher.setAAD(transcript(question, keys))
      const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
      return Response.json({ encryptedDataKeys: keys, publicKey: base64(ours), ciphertext: base64(ciphertext) })
    }
    const materials = await provider(other).generateDataKey(request)
    expect(Buffer.from(materials.dataKey).equals(dataKey)).toBe(true)
    expect(materials.encryptedDataKeys.map(({ keyArn }) => keyArn)).toEqual(keys.map(({ keyArn }) => keyArn))
  })

  test('is spoken to a page of another make', async () => {
    const own = createECDH('prime256v1')
    const ours = own.generateKeys()
    const fields = { publicKey: base64(ours), algorithm: algorithm.name, encryptionContext }
    const question = JSON.stringify(stamped({ kind: 'generate', ...fields }))
    const answer = (await (await broker()(ask(question))).json()) as Answer
    const theirs = Buffer.from(answer.publicKey, 'base64')
    const sealed = Buffer.from(answer.ciphertext, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', agree(own, theirs, [ours, theirs]), Buffer.alloc(12))
    decipher.setAAD(transcript(Buffer.from(question), answer.encryptedDataKeys))
    decipher.setAuthTag(sealed.subarray(32))
    const dataKey = Buffer.concat([decipher.update(sealed.subarray(0, 32)), decipher.final()])
    const encryptedDataKeys = answer.encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: Buffer.from(ciphertextBlob, 'base64'),
    }))
    const opened = await cloud.dataKeys().decryptDataKey({ ...request, encryptedDataKeys })
    expect(opened && dataKey.equals(opened)).toBe(true)
  })
})
