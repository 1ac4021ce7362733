import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { BrokerAction } from './operations.js'
import type { SigningBucket, SigningCredentials } from './sign-url.js'

/** What the application lets somebody do. */
export interface BrokerGrant {
  /** Who it is: for the audit record, and whom the rate is counted for. */
  readonly user: string
  /** The encryption context that this user's objects have, beside the binding to their names: exactly this, whatever the page says. Default: none. */
  readonly encryptionContext?: EncryptionContext | undefined
}

/** One answered or refused question. Holds no key, URL or signature. */
export interface BrokerAuditRecord {
  readonly time: string
  readonly user: string | undefined
  /** `GenerateDataKey`, `DecryptDataKey`, or the name of an OSS operation. */
  readonly operation: string
  readonly name: string | undefined
  /** The HTTP status of the answer: 200, or why not. */
  readonly status: number
}

/** Options of `createBroker`. */
export interface CreateBrokerOptions {
  /** Makes and opens data keys, under the CMKs that it was given and no others. */
  readonly dataKeys: DataKeyProvider
  readonly bucket: SigningBucket
  /** Whose signatures OSS accepts; a function is asked each time. What they may not do, no page may. */
  readonly credentials: SigningCredentials | (() => Promise<SigningCredentials> | SigningCredentials)
  /** The origins of the application's pages, such as `https://app.example.com`. Others, and requests without one, are refused. */
  readonly origins: readonly string[]
  /** Asked about each object of each question. `null`: denied. The request's body is read already. */
  readonly authorize: (
    request: Request,
    action: BrokerAction,
    name: string,
  ) => Promise<BrokerGrant | null> | BrokerGrant | null
  /** Gets a record of each question, before it is answered: when it throws, there is no answer. */
  readonly audit: (record: BrokerAuditRecord) => Promise<void> | void
  /** How long a URL is good for. Default 60. */
  readonly urlSeconds?: number | undefined
  /** What one user may ask in a minute, in this process. Default 600. */
  readonly requestsPerMinute?: number | undefined
}
