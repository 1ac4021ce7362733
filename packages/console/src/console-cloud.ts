import type { DataKeyProvider } from 'osscrypt'
import type { SigningCredentials } from 'osscrypt/broker'
import type { FoundCorsRule, OssEncryptionClient } from 'osscrypt/oss'

/** A bucket that the access key may see. */
export interface ConsoleBucket {
  readonly name: string
  /** As `cn-hangzhou`. */
  readonly region: string
}

/** An object as OSS lists it. */
export interface ConsoleObject {
  readonly key: string
  /** Bytes that OSS holds. */
  readonly storedLength: number
  readonly lastModified: Date
  readonly storageClass?: string | undefined
}

/** What of a bucket is listed. */
export interface ListRequest {
  readonly prefix: string
  /** `/`: what is below the next one is named by its prefix alone. Undefined: everything. */
  readonly delimiter: string | undefined
  /** Where the last page ended. */
  readonly token: string | undefined
  readonly signal: AbortSignal
}

/** A page of a listing, of up to a thousand. */
export interface ListedPage {
  readonly objects: readonly ConsoleObject[]
  readonly prefixes: readonly string[]
  /** Asks for the next page; undefined when this is the last. */
  readonly token: string | undefined
}

/** OSS and KMS, with the user's credentials, as the console's server talks to them. A page sees nothing of it. */
export interface ConsoleCloud {
  /** As `cn-hangzhou`. Buckets of others are shown, and not opened. */
  readonly region: string
  readonly isLocal: boolean
  /** What is written under; the first is what an object is proposed to be rewrapped to. */
  readonly cmks: readonly string[]
  readonly dataKeys: DataKeyProvider
  /** What uploads are proposed to be stored as. */
  readonly format: 'gcm' | 'floe'
  /** Asked for each URL that is signed. */
  credentials(): Promise<SigningCredentials>
  /** Where OSS has a bucket, such as `https://my-bucket.oss-cn-hangzhou.aliyuncs.com`: signed requests are relayed there. */
  bucketUrl(bucket: string): string
  /** For what a page cannot do: envelopes of many objects at once, rewrapping. */
  client(bucket: string): Promise<OssEncryptionClient>
  listBuckets(signal: AbortSignal): Promise<readonly ConsoleBucket[]>
  list(bucket: string, request: ListRequest): Promise<ListedPage>
  /** What the bucket lets pages of other origins do: the console looks whether that is enough for them. */
  corsRules(bucket: string, signal: AbortSignal): Promise<readonly FoundCorsRule[]>
}
