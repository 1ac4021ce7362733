import { createHash, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { numberToBytesBE } from '@noble/curves/utils.js'
import { PublicKeyVerifier } from 'osscrypt'
import { describe, expect, it } from 'vitest'
import { Sm2Point } from '../../src/signature/ec-curves.js'
import { derPair, sm2Pem } from '../support/signature-keys.js'

const file = new URL('../vectors/sm2-signature.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Record<string, string>[] }
const vector = vectors.find(({ id }) => id === 'sm2-sign-1')!
const hex = (name: string): Buffer => Buffer.from(vector[name]!, 'hex')
const number = (name: string): bigint => BigInt(`0x${vector[name]!}`)
const algorithm = 'SM2DSA'

describe('SM2', () => {
  const verifier = PublicKeyVerifier.fromPem(
    sm2Pem(Buffer.concat([Buffer.of(4), hex('publicKeyX'), hex('publicKeyY')])),
  )
  const [r, s] = [number('r'), number('s')]
  const { n } = Sm2Point.CURVE()

  it.each(vectors.filter((each) => each.algorithm === 'SM3'))('SM3 of Node: $id', ({ message, digest }) => {
    expect(createHash('sm3').update(message!, 'hex').digest('hex')).toBe(digest)
  })

  it('computes the published digest and takes the published signature', async () => {
    expect(Buffer.from(await verifier.digest(hex('message'), { algorithm })).toString('hex')).toBe(vector.e)
    expect(await verifier.verify(hex('message'), derPair(r, s), { algorithm })).toBe(true)
    expect(await verifier.verifyDigest(hex('e'), derPair(r, s), { algorithm })).toBe(true)
  })

  it.each([
    ['r = 0', 0n, s],
    ['s = 0', r, 0n],
    ['r = n', n, s],
    ['s = n', r, n],
    ['r + n', r + n, s],
    ['s + n', r, s + n],
    ['n - s, which would do for ECDSA', r, n - s],
    ['r + s = n', r, n - r],
    ['r and s the other way round', s, r],
  ])('refuses %s', async (_name, first, second) => {
    expect(await verifier.verify(hex('message'), derPair(first, second), { algorithm })).toBe(false)
  })

  it('agrees with OpenSSL on digests, whose Z it computes with an empty user id', async () => {
    const point = Buffer.concat([Buffer.of(4), hex('publicKeyX'), hex('publicKeyY')])
    const head = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420'
    const pkcs8 = Buffer.concat([Buffer.from(head, 'hex'), hex('privateKey'), Buffer.from('a144034200', 'hex'), point])
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    const { a, b, Gx, Gy } = Sm2Point.CURVE()
    const z = createHash('sm3').update(Buffer.alloc(2))
    for (const parameter of [a, b, Gx, Gy]) z.update(numberToBytesBE(parameter, 32))
    const data = Buffer.from('signed by OpenSSL')
    const digest = createHash('sm3')
      .update(z.update(point.subarray(1)).digest())
      .update(data)
      .digest()
    const signature = sign('sm3', data, privateKey)
    expect(await verifier.verifyDigest(digest, signature, { algorithm })).toBe(true)
    expect(await verifier.verify(data, signature, { algorithm })).toBe(false)
  })
})
