import { readFileSync } from 'node:fs'
import { KmsDataKeyProvider, noRetry, RsaDataKeyProvider, ServiceError, type DataKeyProvider } from 'osscrypt'

/** An object that an OSS SDK encrypted by itself. */
export interface OssSdkVector {
  readonly id: string
  readonly key: string
  readonly metaHeadersOnWire: readonly (readonly [string, string])[]
  readonly ciphertextB64: string
  readonly plaintextB64: string
  readonly kmsEncryptionContext?: string
  readonly deprecated?: boolean
}

interface Content {
  readonly keys: Readonly<Record<string, { readonly privatePkcs1Pem?: string; readonly privatePkcs8Pem?: string }>>
  readonly kms: Readonly<
    Record<string, { readonly context: string; readonly keyId: string; readonly plaintext: string }>
  >
  readonly cases: readonly OssSdkVector[]
}

const path = new URL('../vectors/oss-sdk-cse/oss-sdk-cse.json', import.meta.url)
const content = JSON.parse(readFileSync(path, 'utf8')) as Content

export const ossSdkVectors = content.cases

/** The key that vectors were written under, and another one. */
export const rsaKey = content.keys['rsa:k1']!.privatePkcs1Pem!
export const otherRsaKey = Object.entries(content.keys).find(([name]) => name.startsWith('rsa:k2'))![1].privatePkcs8Pem!

/** User metadata as it is given to ali-oss, and the body. */
export function storedVector({ metaHeadersOnWire, ciphertextB64 }: OssSdkVector): {
  body: Buffer
  meta: Record<string, string>
} {
  // What ali-oss cannot send is said in JSON's other way.
  const ascii = (value: string) =>
    value.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const meta = metaHeadersOnWire.map(([name, value]) => [name.toLowerCase().replace(/^x-oss-meta-/, ''), ascii(value)])
  return { body: Buffer.from(ciphertextB64, 'base64'), meta: Object.fromEntries(meta) as Record<string, string> }
}

/** What opens a vector. */
export function vectorKeys({ key, kmsEncryptionContext = '' }: OssSdkVector): DataKeyProvider {
  if (key !== 'kms') return new RsaDataKeyProvider({ privateKey: rsaKey })
  const refuse = () => Promise.reject(new Error('not asked for here'))
  const parse = (context: string) => JSON.parse(context === '' ? '{}' : context) as Record<string, string>
  return new KmsDataKeyProvider('acs:kms:cn-hangzhou:1234567890123456:key/cmk-1', {
    ossSdkContext: parse(kmsEncryptionContext),
    retry: noRetry,
    kms: {
      generateDataKey: refuse,
      encrypt: refuse,
      reEncrypt: refuse,
      decrypt: ({ ciphertextBlob, encryptionContext, plaintextIsText }) => {
        const known = content.kms[Buffer.from(ciphertextBlob).toString('base64')]
        if (!known || JSON.stringify(parse(known.context)) !== JSON.stringify(encryptionContext)) {
          return Promise.reject(
            new ServiceError('WrongContext', 'unknown blob, or another context', { service: 'kms' }),
          )
        }
        const plaintext = Buffer.from(known.plaintext, plaintextIsText ? 'latin1' : 'base64')
        return Promise.resolve({ plaintext, keyId: known.keyId })
      },
    },
  })
}
