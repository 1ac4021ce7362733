import { readFileSync } from 'node:fs'
import type { AlgorithmName, EncryptionContext } from 'osscrypt'
import type { KnownDataKey } from '../kms/memory-kms.js'

/** One case of `vectors/encryption-sdk/`; bytes are in base64. */
export interface Vector {
  readonly name: string
  readonly form: 'asn1-message' | 'stream' | 'oss-metadata' | 'secret-manager'
  readonly variant?: 'message' | 'stream'
  readonly algorithm: AlgorithmName
  readonly algorithmId: number
  readonly cmkArns: readonly string[]
  readonly encryptionContext: EncryptionContext
  readonly plaintext: string
  readonly encryptedDataKeys: readonly KnownDataKey[]
  readonly output: string
  readonly secretName?: string
  readonly secretHeader?: string
  readonly expect: 'accept' | 'reject' | 'either'
  /** What the writer's own code had in hand. */
  readonly debug?: { readonly contextBytes?: string; readonly headerAuthenticatedFields?: string }
}

const folder = new URL('../vectors/encryption-sdk/', import.meta.url)

/** The cases of a file, but for those whose envelope is in the metadata of an OSS object: test/oss has these. */
export function readVectors(name: 'java' | 'python' | 'tampered'): Vector[] {
  const vectors = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Vector[]
  return vectors.filter(({ form }) => form !== 'oss-metadata')
}

/** The CMKs of a case, each once. */
export const cmksOf = ({ cmkArns }: Vector): string[] => [...new Set(cmkArns)]

export const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64')
