import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { DataKeyRewrapper } from '../keys/data-key-rewrapper.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { assertOptions, type OptionNames } from '../options.js'
import { timerMs } from '../retry/timer-limit.js'
import type { RefusalReason } from './broker-refusal.js'
import type { BrokerAction, BrokerOperation } from './operations.js'
import { MemoryRateLimiter, type RateLimiter } from './rate-limiter.js'
import { MemoryReplayStore, type ReplayStore } from './replay-store.js'
import type { SigningBucket, SigningCredentials } from './sign-url.js'

/** What the application lets somebody do, with the limits of it. */
export interface BrokerGrant {
  /** Who it is: for the audit record, and whom the rate is counted for. */
  readonly user: string
  readonly denied?: undefined
  /**
   * The encryption context that this user's objects have, beside the binding to their names: exactly this, whatever the page says. `any` is for a user to
   * whom all objects belong, as to that of a console. Default: none.
   */
  readonly encryptionContext?: EncryptionContext | 'any' | undefined
  /**
   * The CMKs that data keys are made and opened under: `dataKeys` is asked for a provider of these (`withCmks`, which a KmsDataKeyProvider has).
   * Default: those of `dataKeys`.
   */
  readonly cmkArns?: readonly string[] | undefined
  /** Default: all that belong to the action. */
  readonly operations?: readonly BrokerOperation[] | undefined
  /**
   * The most bytes of ciphertext that one request may upload, be it an object or a part of one; of an upload in parts, so many parts are allowed as
   * an object of this length may have. Default: OSS's own 5 GB.
   */
  readonly maxUploadLength?: number | undefined
  /** The ACLs that this user's objects may be given. Default: `private` and `default`, which is the bucket's. */
  readonly objectAcls?: readonly string[] | undefined
}

/** A known user who may not do it: as `null`, but that the audit record has a name and the rate is counted. */
export interface BrokerDenial {
  readonly user: string
  readonly denied: true
}

/** One answered or refused question. Holds no key, URL or signature. */
export interface BrokerAuditRecord {
  readonly time: string
  /** Undefined when it was refused before the application said who it is. */
  readonly user: string | undefined
  /** Undefined when it was refused before there was one. */
  readonly operation: BrokerOperation | undefined
  /** The object, or what the names that are listed start with; undefined also for a data key that is bound to none. */
  readonly name: string | undefined
  readonly versionId: string | undefined
  /** Of a copy: the object that is copied. */
  readonly source: string | undefined
  /** Bytes of ciphertext that may be uploaded. */
  readonly contentLength: number | undefined
  /** The CMKs of the data key that was given. */
  readonly cmkArns: readonly string[] | undefined
  /** The HTTP status of the answer: 200, or why not. */
  readonly status: number
  /** Why there is no answer. */
  readonly reason: RefusalReason | undefined
}

/** Options of `createBroker`. */
export interface CreateBrokerOptions {
  /** Makes and opens data keys, under the CMKs that it was given and no others. */
  readonly dataKeys: DataKeyProvider & Partial<DataKeyRewrapper>
  readonly bucket: SigningBucket
  /** Whose signatures OSS accepts; a function is asked each time. What they may not do, no page may. */
  readonly credentials: SigningCredentials | (() => Promise<SigningCredentials> | SigningCredentials)
  /** The origins of the application's pages, such as `https://app.example.com`. Others, and requests without one, are refused. */
  readonly origins: readonly string[]
  /**
   * Says who it is and what he may do. Asked about each object of each question: for a copy, about what is written and what is read. `null`: denied.
   * The request's body is read already. `name` is the object's, or for `list` what the names start with; empty for `readUnbound`.
   */
  readonly authorize: (
    request: Request,
    action: BrokerAction,
    name: string,
    operation: BrokerOperation,
  ) => Promise<BrokerGrant | BrokerDenial | null> | BrokerGrant | BrokerDenial | null
  /** Gets a record of each question, before it is answered: when it throws, or takes too long, there is no answer. */
  readonly audit: (record: BrokerAuditRecord) => Promise<void> | void
  /** For the application's log: what failed, as it is. No page learns of it. */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Headers that pages of other origins send to say who they are. Default: `authorization`. */
  readonly allowedHeaders?: readonly string[] | undefined
  /** How long a URL is good for. Default 60. */
  readonly urlSeconds?: number | undefined
  /** How long a question may take, in milliseconds; 0 or Infinity: for ever. Default 20000. */
  readonly timeoutMs?: number | undefined
  /** How many questions are answered at a time; more are refused. Default 100. */
  readonly maxConcurrent?: number | undefined
  /** What one user may ask in a minute, with the default `rates`. Default 600. */
  readonly requestsPerMinute?: number | undefined
  /** Default: the memory of this process. */
  readonly rates?: RateLimiter | undefined
  /** Default: the memory of this process. */
  readonly replays?: ReplayStore | undefined
}

const OPTIONS: OptionNames<CreateBrokerOptions> = {
  dataKeys: true,
  bucket: true,
  credentials: true,
  origins: true,
  authorize: true,
  audit: true,
  onError: true,
  allowedHeaders: true,
  urlSeconds: true,
  timeoutMs: true,
  maxConcurrent: true,
  requestsPerMinute: true,
  rates: true,
  replays: true,
}

/** What a broker works with: its options, checked, with defaults. */
export type BrokerSettings = {
  readonly [Name in Exclude<keyof CreateBrokerOptions, 'requestsPerMinute'>]-?: Exclude<
    CreateBrokerOptions[Name],
    undefined
  >
}

/** @throws TypeError, RangeError for options that cannot be. */
export function brokerSettings(options: CreateBrokerOptions): BrokerSettings {
  assertOptions('createBroker', options, OPTIONS)
  const { dataKeys, bucket, credentials, origins, authorize, audit } = options
  const { onError = () => undefined, allowedHeaders = ['authorization'] } = options
  const { urlSeconds = 60, maxConcurrent = 100, requestsPerMinute = 600 } = options
  for (const [name, given] of Object.entries({ authorize, audit, onError })) {
    if (typeof given !== 'function') throw new TypeError(`\`${name}\` is a function`)
  }
  if (origins.length === 0 || !origins.every(isOrigin)) {
    throw new TypeError('`origins` are the origins of pages, such as https://app.example.com')
  }
  if (!allowedHeaders.every((name) => /^[\w-]+$/.test(name))) throw new TypeError('`allowedHeaders` are names')
  if (!/^[a-z0-9-]+$/.test(bucket.bucket) || !/^[a-z0-9-]+$/.test(bucket.region) || !isBaseUrl(bucket.url)) {
    throw new TypeError('`bucket` is the name, region and URL of a bucket')
  }
  assertWhole({ urlSeconds }, 3600)
  assertWhole({ maxConcurrent }, 100_000)
  assertWhole({ requestsPerMinute }, Number.MAX_SAFE_INTEGER)
  return {
    dataKeys,
    bucket,
    credentials,
    origins: [...origins],
    authorize,
    audit,
    onError,
    allowedHeaders,
    urlSeconds,
    maxConcurrent,
    timeoutMs: timerMs('timeoutMs', options.timeoutMs ?? 20_000),
    rates: options.rates ?? new MemoryRateLimiter(requestsPerMinute),
    replays: options.replays ?? new MemoryReplayStore(),
  }
}

function assertWhole(named: Readonly<Record<string, number>>, most: number): void {
  for (const [name, value] of Object.entries(named)) {
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new RangeError(`\`${name}\` is a whole number from 1 to ${String(most)}`)
    }
  }
}

function isOrigin(origin: unknown): boolean {
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
}

function isBaseUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, search, hash, username } = new URL(url)
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === ''
}
