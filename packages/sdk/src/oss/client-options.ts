import { chooseStore, type GivenStore } from '#choose-store'
import { assertConcurrency } from '../crypto/map-in-order.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { defaultRetryPolicy, type RetryPolicy } from '../retry/retry.js'
import { timerMs } from '../retry/timer-limit.js'
import type { SpoolOptions } from '../spool/spool.js'
import { assertFlag, assertOptions, type OptionNames } from '../options.js'
import { KnownObjects } from './known-objects.js'
import { POLICY_OPTIONS } from './option-names.js'
import type { PutParts } from './put-parts.js'
import { assertPolicy, type ReaderPolicy } from './reader-policy.js'

const DEFAULT_MULTIPART_THRESHOLD = 32 * 1024 * 1024

/** What an `OssEncryptionClient` works with. */
export interface OssEncryptionClientOptions extends SpoolOptions, ReaderPolicy {
  /** The caller's `ali-oss` client, whose bucket and settings apply; a client of `@alicloud/oss-v2`; or another `ObjectStore`. */
  readonly store: GivenStore
  /** With a client of `@alicloud/oss-v2`, which is for all buckets: the one that is meant. */
  readonly bucket?: string | undefined
  /** Where data keys come from. */
  readonly dataKeys: DataKeyProvider
  /** Default: five attempts with full jitter, for what may be retried. */
  readonly retry?: RetryPolicy | undefined
  /**
   * How long an upload or a download may stand still before the connection is given up; the wait for a free connection, or for the store's
   * credentials, counts too. 0 or Infinity: for ever. Default 60000.
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * How many pieces of 512 KiB of an object are encrypted or decrypted at a time, on as many threads as libuv has (UV_THREADPOOL_SIZE, 4 by default); of
   * large segments fewer. Default 4.
   */
  readonly concurrency?: number | undefined
  /** Objects longer than this are sent in parts, and streams that are longer than `memoryLimit`. Default 32 MiB. */
  readonly multipartThreshold?: number | undefined
  /**
   * Compares the CRC-64 of what OSS stored with that of what was sent. False is for stores that give none: what they say they have stored is then
   * believed. Default true.
   */
  readonly checkCrc64?: boolean | undefined
}

const CLIENT_OPTIONS: OptionNames<OssEncryptionClientOptions> = {
  ...POLICY_OPTIONS,
  store: true,
  bucket: true,
  dataKeys: true,
  retry: true,
  idleTimeoutMs: true,
  concurrency: true,
  multipartThreshold: true,
  checkCrc64: true,
  memoryLimit: true,
  temporaryFolder: true,
}

/**
 * What all operations of a client share.
 *
 * @throws TypeError, RangeError for options that are none.
 */
export function clientParts(options: OssEncryptionClientOptions): PutParts {
  assertOptions('an OssEncryptionClient', options, CLIENT_OPTIONS)
  const { store, dataKeys, retry = defaultRetryPolicy, checkCrc64 = true } = options
  const idleTimeoutMs = timerMs('idleTimeoutMs', options.idleTimeoutMs ?? 60_000)
  if (!isObject(store) || !isObject(dataKeys)) {
    throw new TypeError('an OssEncryptionClient needs a `store` and `dataKeys`')
  }
  assertPolicy(options)
  assertFlag('checkCrc64', checkCrc64)
  assertLength('multipartThreshold', options.multipartThreshold)
  assertLength('memoryLimit', options.memoryLimit)
  const { temporaryFolder } = options
  if (temporaryFolder !== undefined && typeof temporaryFolder !== 'string') {
    throw new TypeError('temporaryFolder is the path of a folder')
  }
  if (!(retry.maxAttempts >= 1) || typeof retry.delayMs !== 'function') {
    throw new TypeError('retry has `maxAttempts`, from 1 on, and `delayMs`, a function')
  }
  return {
    policy: {
      requireBinding: options.requireBinding,
      formats: options.formats && [...options.formats],
      allowLegacyFormats: options.allowLegacyFormats,
    },
    store: chooseStore(store, { bucket: options.bucket, idleTimeoutMs, requireCrc64: checkCrc64 }),
    dataKeys,
    retry,
    idleTimeoutMs,
    concurrency: assertConcurrency(options.concurrency),
    checkCrc64,
    multipartThreshold: options.multipartThreshold ?? DEFAULT_MULTIPART_THRESHOLD,
    knownObjects: new KnownObjects(),
    memoryLimit: options.memoryLimit,
    temporaryFolder,
  }
}

/** @throws RangeError for what is no number of bytes: compared with, it would be no limit. */
function assertLength(name: string, length: number | undefined): void {
  const valid = length === undefined || (typeof length === 'number' && length >= 0)
  if (!valid) throw new RangeError(`${name} is a number of bytes; Infinity for no limit`)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
