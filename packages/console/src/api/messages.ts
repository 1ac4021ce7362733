import type { ErrorCode } from 'osscrypt'
import type { CorsFinding } from 'osscrypt/oss'

/** What the page asks its server, and what is answered, by the last part of the path. Everything is JSON. */
export interface ConsoleApi {
  session: { question: Record<string, never>; answer: SessionAnswer }
  list: { question: ListQuestion; answer: ListAnswer }
  describe: { question: DescribeQuestion; answer: DescribeAnswer }
  rewrap: { question: RewrapQuestion; answer: RewrapAnswer }
  cors: { question: CorsQuestion; answer: CorsAnswer }
}

/** What the console was started with. */
export interface SessionAnswer {
  readonly region: string
  readonly isLocal: boolean
  readonly cmks: readonly string[]
  readonly format: 'gcm' | 'floe'
  readonly buckets: readonly { readonly name: string; readonly region: string }[]
}

export interface ListQuestion {
  readonly bucket: string
  readonly prefix: string
  /** Goes through everything below the prefix, and answers with the keys that contain this, whatever the case of their letters. */
  readonly contains?: string | undefined
  readonly token?: string | undefined
}

export interface ListAnswer {
  readonly prefixes: readonly string[]
  readonly objects: readonly ListedObject[]
  /** How many keys were looked at. */
  readonly scanned: number
  readonly token?: string | undefined
}

export interface ListedObject {
  readonly key: string
  readonly storedLength: number
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
  readonly storageClass?: string | undefined
}

export interface DescribeQuestion {
  readonly bucket: string
  readonly keys: readonly string[]
}

export interface DescribeAnswer {
  /** In the order of the question's keys. */
  readonly objects: readonly ObjectDescription[]
}

/** What an object's envelope says. KMS was not asked: nothing of it is verified. */
export type ObjectDescription =
  | {
      readonly kind: 'encrypted'
      readonly format: string
      readonly integrity: 'whole' | 'segments' | 'none'
      readonly algorithm: string
      readonly cmkArns: readonly string[]
      /** Bytes of plaintext; undefined where padding hides it. */
      readonly length?: number | undefined
    }
  | { readonly kind: 'plain' }
  /** What there is makes no envelope. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'failed'; readonly error: ApiError }

export interface RewrapQuestion {
  readonly bucket: string
  readonly key: string
  readonly cmkArns: readonly string[]
}

export interface RewrapAnswer {
  readonly cmkArns: readonly string[]
  /** Whether the data key went from CMK to CMK inside KMS. */
  readonly throughKms: boolean
}

/** What went wrong: never a text of a service. */
export interface ApiError {
  readonly code: ErrorCode | 'BadRequest' | 'Internal'
  readonly service?: 'kms' | 'oss' | undefined
}

export interface CorsQuestion {
  readonly bucket: string
  /** Of pages, such as `https://app.example.com`. */
  readonly origin: string
}

/** What was found, and the rule that the pages need, as XML. */
export type CorsAnswer = CorsFinding & { readonly document: string }
