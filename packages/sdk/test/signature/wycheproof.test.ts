import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { PublicKeyVerifier, type SignatureAlgorithm } from 'osscrypt'
import { describe, expect, it } from 'vitest'

// Project Wycheproof's vectors are not part of this repository: they lie in a folder beside it, where there is one.
const folder = new URL('../../../../../shared/vectors/wycheproof/', import.meta.url)
const present = existsSync(folder)
if (!present) console.log('signature/wycheproof: skipped, no ../shared/vectors/wycheproof beside the repository')

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const files: readonly (readonly [string, SignatureAlgorithm, openSslOptions: object, cases: number])[] = [
  ['rsa_signature_2048_sha256_test.json', 'RSA_PKCS1_SHA_256', {}, 259],
  ['rsa_pss_2048_sha256_mgf1_32_test.json', 'RSA_PSS_SHA_256', pss, 108],
  ['ecdsa_secp256r1_sha256_test.json', 'ECDSA_SHA_256', {}, 484],
  ['ecdsa_secp256k1_sha256_test.json', 'ECDSA_SHA_256', {}, 476],
]

interface VectorFile {
  readonly testGroups: readonly {
    readonly publicKeyPem: string
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid' | 'acceptable'
    }[]
  }[]
}

describe.skipIf(!present)('Wycheproof', () => {
  it.each(files)('%s: every case as its result says', async (name, algorithm, openSslOptions, cases) => {
    const { testGroups } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile
    let checked = 0
    const wrong: unknown[] = []
    for (const { publicKeyPem, tests } of testGroups) {
      const verifier = PublicKeyVerifier.fromPem(publicKeyPem)
      const key = createPublicKey(publicKeyPem)
      for (const { tcId, msg, sig, result } of tests) {
        const [data, signature] = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')]
        const digest = createHash('sha256').update(data).digest()
        const answers = {
          data: await verifier.verify(data, signature, { algorithm }),
          digest: await verifier.verifyDigest(digest, signature, { algorithm }),
        }
        // `acceptable` is for what some implementations let pass (DigestInfo without its NULL): a signature has one form here.
        const expected = result === 'valid'
        // OpenSSL never refuses what is accepted here.
        const refused = expected && !verify('sha256', data, { key, ...openSslOptions }, signature)
        if (answers.data !== expected || answers.digest !== expected || refused)
          wrong.push({ tcId, result, ...answers })
        checked += 1
      }
    }
    expect(wrong).toEqual([])
    expect(checked).toBe(cases)
  })
})
