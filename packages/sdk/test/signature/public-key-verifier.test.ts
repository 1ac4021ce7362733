import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { FormatError, PublicKeyVerifier, type SignatureAlgorithm } from 'osscrypt'
import { describe, expect, it } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { rejection, within } from '../support/rejection.js'
import { createRsaKey, createTestKeys, derPair, pemOf, sm2Pem } from '../support/signature-keys.js'

const algorithms: readonly SignatureAlgorithm[] = ['RSA_PSS_SHA_256', 'RSA_PKCS1_SHA_256', 'ECDSA_SHA_256', 'SM2DSA']
const keys = createTestKeys()
const uses = keys.flatMap((key) => key.algorithms.map((algorithm) => ({ name: key.name, key, algorithm })))
const data = patternBytes(1000)

const file = new URL('../vectors/expired-certificates.json', import.meta.url)
const { certificates } = JSON.parse(readFileSync(file, 'utf8')) as {
  certificates: { keyType: string; certificate: string; publicKey: string }[]
}

describe.each(uses)('$algorithm with $name', ({ key, algorithm }) => {
  const verifier = PublicKeyVerifier.fromPem(key.pem)
  const signature = key.sign(data, algorithm)
  const options = { algorithm }

  it('takes a signature of data, of a stream, of a digest', async () => {
    expect(await verifier.verify(data, signature, options)).toBe(true)
    expect(await verifier.verify(Readable.from([data.subarray(0, 7), data.subarray(7)]), signature, options)).toBe(true)
    const digest = await verifier.digest(data, options)
    expect(digest).toHaveLength(32)
    expect(await verifier.verifyDigest(digest, signature, options)).toBe(true)
  })

  it('takes data of any length, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), async (chunks) => {
        const own = key.sign(Buffer.concat(chunks), algorithm)
        expect(await verifier.verify(streamOf(chunks), own, options)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('refuses data, a digest or a signature of which a bit was flipped', async () => {
    const digest = await verifier.digest(data, options)
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length * 8 - 1), fc.nat(255), fc.nat(signature.length * 8 - 1), async (a, b, c) => {
        expect(await verifier.verify(flipBit(data, a), signature, options)).toBe(false)
        expect(await verifier.verifyDigest(flipBit(digest, b), signature, options)).toBe(false)
        expect(await verifier.verifyDigest(digest, flipBit(signature, c), options)).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses what is not a signature at all', async () => {
    const wrong = [
      new Uint8Array(0),
      new Uint8Array(signature.length),
      new Uint8Array(signature.length).fill(0xff),
      signature.slice(1),
      signature.slice(0, -1),
      Buffer.concat([signature, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), signature]),
    ]
    for (const each of wrong) expect(await verifier.verify(data, each, options)).toBe(false)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        expect(await verifier.verify(data, bytes, options)).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  it('says false for the other algorithm of the key, and throws for algorithms of other keys', async () => {
    for (const other of algorithms.filter((each) => each !== algorithm)) {
      const answer = verifier.verify(data, signature, { algorithm: other })
      if (key.algorithms.includes(other)) expect(await answer).toBe(false)
      else expect(await rejection(answer)).toBeInstanceOf(TypeError)
    }
  })
})

describe('RSA', () => {
  it.each([2049, 2050, 2055])('takes a modulus of %i bits', async (bits) => {
    const key = createRsaKey(bits)
    const verifier = PublicKeyVerifier.fromPem(key.pem)
    for (const algorithm of key.algorithms) {
      const signature = key.sign(data, algorithm)
      expect(await verifier.verify(data, signature, { algorithm })).toBe(true)
      expect(await verifier.verify(data, flipBit(signature, 9), { algorithm })).toBe(false)
    }
  })

  it.each([
    ['a salt of 0 bytes', 'sha256', 0],
    ['a salt of 20 bytes', 'sha256', 20],
    ['a salt of 31 bytes', 'sha256', 31],
    ['a salt of 33 bytes', 'sha256', 33],
    ['the longest salt', 'sha256', 222],
    ['SHA-512', 'sha512', 32],
  ])('refuses PSS with %s', async (_name, hash, saltLength) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const verifier = PublicKeyVerifier.fromPem(publicKey.export({ type: 'spki', format: 'pem' }) as string)
    const signature = sign(hash, data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
    expect(await verifier.verify(data, signature, { algorithm: 'RSA_PSS_SHA_256' })).toBe(false)
  })
})

describe('signatures of elliptic curves', () => {
  const key = keys.find(({ name }) => name === 'P-256')!
  const verifier = PublicKeyVerifier.fromPem(key.pem)
  const options = { algorithm: 'ECDSA_SHA_256' } as const
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [r, s] = readPair(key.sign(data, 'ECDSA_SHA_256'))

  it('takes the other s, as the standard does, and no number out of range', async () => {
    expect(await verifier.verify(data, derPair(r, n - s), options)).toBe(true)
    for (const [first, second] of [
      [0n, s],
      [r, 0n],
      [n, s],
      [r, n],
      [r + n, s],
      [r, s + n],
    ] as const) {
      expect(await verifier.verify(data, derPair(first, second), options)).toBe(false)
    }
  })

  it('takes DER and no other encoding', async () => {
    const der = derPair(r, s)
    const content = der.subarray(2)
    expect(await verifier.verify(data, der, options)).toBe(true)
    const others = {
      'a long length': Buffer.concat([Buffer.of(0x30, 0x81, content.length), content]),
      'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), content, Buffer.of(0, 0)]),
      'r not minimal': Buffer.concat([Buffer.of(0x30, content.length + 1, 2, content[1]! + 1, 0), content.subarray(2)]),
      'bytes after s': Buffer.concat([Buffer.of(0x30, content.length + 2), content, Buffer.of(5, 0)]),
      'a SET': Buffer.concat([Buffer.of(0x31, content.length), content]),
      'r and s of 32 bytes each': Buffer.from(hex64(r) + hex64(s), 'hex'),
    }
    for (const [name, each] of Object.entries(others)) {
      expect(await verifier.verify(data, each, options), name).toBe(false)
    }
  })
})

describe('fromCertificate', () => {
  it.each(certificates)('takes the key out of a certificate, even an expired one: $keyType', async (each) => {
    const der = Buffer.from(each.certificate.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    const algorithm = { RSA: 'RSA_PSS_SHA_256', SM2: 'SM2DSA' }[each.keyType] ?? 'ECDSA_SHA_256'
    const options = { algorithm } as { algorithm: SignatureAlgorithm }
    const expected = await PublicKeyVerifier.fromPem(each.publicKey).digest(data, options)
    for (const certificate of [each.certificate, der, new Uint8Array(der)]) {
      expect(await PublicKeyVerifier.fromCertificate(certificate).digest(data, options)).toEqual(expected)
    }
  })

  it.each([
    ['nothing', ''],
    ['text', 'certificate'],
    ['a public key', keys[0]!.pem],
    ['a cut certificate', Buffer.from('3082031930820201', 'hex')],
  ])('refuses %s', (_name, certificate) => {
    expect(() => PublicKeyVerifier.fromCertificate(certificate)).toThrow(FormatError)
  })
})

describe('fromPem', () => {
  const spki = derOf(keys[0]!.pem)
  const p256 = derOf(keys.find(({ name }) => name === 'P-256')!.pem)
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
  const ed25519 = generateKeyPairSync('ed25519').publicKey
  const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey
  const compressed = '3039301306072a8648ce3d020106082a8648ce3d030107032200'
  const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'pkcs1', format: 'pem' })

  it.each([
    ['no PEM', 'InvalidFormat', 'key'],
    ['an empty PEM', 'InvalidFormat', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
    ['another label', 'InvalidFormat', pkcs1 as string],
    ['two keys', 'InvalidFormat', keys[0]!.pem + keys[1]!.pem],
    ['bad base64', 'InvalidFormat', keys[0]!.pem.replace(/=*\n-----END/, '*\n-----END')],
    ['a cut RSA key', 'InvalidFormat', pemOf(spki.subarray(0, -1))],
    ['bytes after an RSA key', 'InvalidFormat', pemOf(Buffer.concat([spki, Buffer.of(0)]))],
    ['a cut point', 'InvalidFormat', pemOf(p256.subarray(0, -1))],
    ['bytes after a point', 'InvalidFormat', pemOf(Buffer.concat([p256, Buffer.of(0)]))],
    ['a point that is not on the curve', 'InvalidFormat', pemOf(flipBit(p256, p256.length * 8 - 1))],
    ['a point that is not on the curve of SM2', 'InvalidFormat', sm2Pem(p256.subarray(-65))],
    [
      'a compressed point',
      'UnsupportedAlgorithm',
      pemOf(Buffer.concat([Buffer.from(compressed, 'hex'), p256.subarray(-65, -32)])),
    ],
    ['RSA of 1024 bits', 'UnsupportedAlgorithm', small.export({ type: 'spki', format: 'pem' }) as string],
    ['RSA for PSS only', 'UnsupportedAlgorithm', pssOnly.export({ type: 'spki', format: 'pem' }) as string],
    ['P-384', 'UnsupportedAlgorithm', p384.export({ type: 'spki', format: 'pem' }) as string],
    ['Ed25519', 'UnsupportedAlgorithm', ed25519.export({ type: 'spki', format: 'pem' }) as string],
  ])('refuses %s: %s', (_name, code, pem) => {
    let thrown: unknown
    try {
      PublicKeyVerifier.fromPem(pem)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(FormatError)
    expect(thrown).toMatchObject({ code })
  })

  it('takes CRLF, and no line breaks at all', () => {
    expect(() => PublicKeyVerifier.fromPem(keys[0]!.pem.replaceAll('\n', '\r\n'))).not.toThrow()
    const oneLine = keys[0]!.pem.replaceAll('\n', '').replace('KEY-----', 'KEY-----\n')
    expect(() => PublicKeyVerifier.fromPem(oneLine)).not.toThrow()
  })
})

describe('misuse', () => {
  const verifier = PublicKeyVerifier.fromPem(keys[0]!.pem)
  const options = { algorithm: 'RSA_PSS_SHA_256' } as const
  const signature = keys[0]!.sign(data, 'RSA_PSS_SHA_256')
  const digest = createHash('sha256').update(data).digest()

  it.each([
    ['text for data', TypeError, () => verifier.verify('text' as never, signature, options)],
    ['a stream of text', TypeError, () => verifier.verify(Readable.from(['text']) as never, signature, options)],
    ['text for a signature', TypeError, () => verifier.verify(data, 'text' as never, options)],
    ['text for a digest', TypeError, () => verifier.verifyDigest('text' as never, signature, options)],
    ['a digest of 31 bytes', RangeError, () => verifier.verifyDigest(digest.subarray(1), signature, options)],
    ['data for a digest', RangeError, () => verifier.verifyDigest(data, signature, options)],
    ['no such algorithm', TypeError, () => verifier.verify(data, signature, { algorithm: 'RSA' as never })],
    ['a name of Object', TypeError, () => verifier.verify(data, signature, { algorithm: 'toString' as never })],
  ])('throws for %s', async (_name, type, misuse) => {
    expect(await rejection(misuse())).toBeInstanceOf(type)
  })

  it('passes on what a stream fails with', async () => {
    const failure = new Error('disk')
    const failing = Readable.from(
      (function* () {
        yield data
        throw failure
      })(),
    )
    expect(await rejection(verifier.verify(failing, signature, options))).toBe(failure)
  })

  it('stops waiting for a stalled stream when it is aborted, and closes it', async () => {
    const stalled = new Readable({ read() {} })
    stalled.push(data)
    const reason = new Error('enough')
    const aborting = new AbortController()
    const answer = rejection(verifier.verify(stalled, signature, { ...options, signal: aborting.signal }))
    setTimeout(() => aborting.abort(reason), 10)
    expect(await within(1000, answer)).toBe(reason)
    expect(stalled.destroyed).toBe(true)
    expect(await rejection(verifier.verify(data, signature, { ...options, signal: aborting.signal }))).toBe(reason)
  })
})

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
}

function readPair(der: Uint8Array): [bigint, bigint] {
  const rLength = der[3]!
  return [toNumber(der.subarray(4, 4 + rLength)), toNumber(der.subarray(6 + rLength))]
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}
