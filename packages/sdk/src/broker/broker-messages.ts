import type { AlgorithmName } from '../crypto/algorithm.js'

/** A wrapped data key as JSON has it. */
export interface WireDataKey {
  readonly keyArn: string
  /** Base64. */
  readonly ciphertextBlob: string
}

/** Asks for a data key: a new one, or, with `encryptedDataKeys`, that of an object. */
export interface DataKeyQuestion {
  readonly kind: 'dataKey'
  /** Base64 of 16 random bytes: no question is answered twice. */
  readonly nonce: string
  readonly timeMs: number
  /** Base64 of the page's public key, made for this question. */
  readonly publicKey: string
  readonly algorithm: AlgorithmName
  readonly encryptionContext: Readonly<Record<string, string>>
  readonly encryptedDataKeys?: readonly WireDataKey[] | undefined
}

/** Asks for a signature of one request. */
export interface SignQuestion {
  readonly kind: 'sign'
  readonly nonce: string
  readonly timeMs: number
  readonly operation: string
  readonly method: string
  readonly name?: string | undefined
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly copySource?: { readonly name: string; readonly versionId?: string | undefined } | undefined
}

/** A data key for the page that asked, and no one else. */
export interface DataKeyAnswer {
  /** All of a new key; of an object's, the one that was opened. */
  readonly encryptedDataKeys: readonly WireDataKey[]
  readonly publicKey: string
  readonly ciphertext: string
}

/** What an answer is bound to: the question, and the wrapped keys that came with it. */
export function transcriptOf(question: DataKeyQuestion, encryptedDataKeys: readonly WireDataKey[]): string {
  const { nonce, algorithm, encryptionContext } = question
  const context = Object.entries(encryptionContext).sort(([left], [right]) => (left < right ? -1 : 1))
  const keys = encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => [keyArn, ciphertextBlob])
  return JSON.stringify([nonce, algorithm, context, keys])
}
