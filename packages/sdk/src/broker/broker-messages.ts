import type { AlgorithmName } from '../crypto/algorithm.js'

// What goes between a page and its broker: docs/BROKER.md, "The protocol".

/** The header that only a page's own script can send, and the version of the protocol in it. */
export const BROKER_HEADER = 'x-osscrypt-broker'
export const BROKER_VERSION = '1'

/** Bytes of an uncompressed point of P-256: 4, X, Y. */
export const PUBLIC_KEY_LENGTH = 65

/** A wrapped data key as JSON has it. */
export interface WireDataKey {
  readonly keyArn: string
  /** Base64. */
  readonly ciphertextBlob: string
}

/** What every question has. */
interface Stamped {
  /** Base64 of 16 random bytes: no question is answered twice. */
  readonly nonce: string
  readonly timeMs: number
}

/** Asks for a new data key. */
export interface GenerateQuestion extends Stamped {
  readonly kind: 'generate'
  /** Base64 of the page's public key, made for this question. */
  readonly publicKey: string
  readonly algorithm: AlgorithmName
  /** The whole context of the message. */
  readonly encryptionContext: Readonly<Record<string, string>>
}

/** Asks for the data key of a message; with `rewrap`, for the same key wrapped anew as well. */
export interface OpenQuestion extends Stamped {
  readonly kind: 'decrypt' | 'rewrap'
  /** Base64 of the page's public key, made for this question. */
  readonly publicKey: string
  /** Base64 of the message's header in DER. */
  readonly header: string
  /** With FLOE: base64 of the body's first 74 bytes. */
  readonly floeHeader?: string | undefined
}

/** Asks for a signature of one request. */
export interface SignQuestion extends Stamped {
  readonly kind: 'sign'
  readonly operation: string
  readonly method: string
  /** The object; none where the request is about the bucket. */
  readonly name?: string | undefined
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the body, where one is sent. */
  readonly contentLength?: number | undefined
  readonly copySource?: { readonly name: string; readonly versionId?: string | undefined } | undefined
}

export type KeyQuestion = GenerateQuestion | OpenQuestion
export type Question = KeyQuestion | SignQuestion

/** A data key for the page that asked, and no one else. */
export interface DataKeyAnswer {
  /** All of a new key, or of a rewrapped one; of a message's, the one that was opened. */
  readonly encryptedDataKeys: readonly WireDataKey[]
  /** Base64 of the broker's public key, made for this answer. */
  readonly publicKey: string
  /** Base64 of the data key, encrypted to the page, and its tag. */
  readonly ciphertext: string
}

/** A signed request. */
export interface SignAnswer {
  readonly url: string
  /** Sent beside those that were asked for. */
  readonly headers: Readonly<Record<string, string>>
}

/** Why there is no answer. */
export interface RefusalAnswer {
  readonly error: RefusalCode
  /** With `clock`: the broker's time. */
  readonly timeMs?: number | undefined
}

/** What a page learns of a refusal: nothing that it could not know. */
export type RefusalCode = 'malformed' | 'denied' | 'clock' | 'throttled' | 'failed'
