import type { OptionNames } from '../options.js'
import type { PartOptions } from '../transfer/download-plan.js'
import type { StoreRequestOptions } from '../store/object-store.js'
import type { CopyOptions } from './copy-object.js'
import type { GetBufferOptions } from './get-buffer.js'
import type { GetRangeOptions } from './get-range.js'
import type { GetRangesOptions } from './get-ranges.js'
import type { GetStreamOptions } from './get-stream.js'
import type { GetOptions } from './get-whole.js'
import type { HeadOptions } from './head-object.js'
import type { ReadOptions } from './open-object.js'
import type { PutOptions } from './put-object.js'
import type { ReaderPolicy } from './reader-policy.js'
import type { RewrapOptions } from './rewrap-object.js'
import type { UpgradeOptions } from './upgrade-object.js'

/** What a client and its calls ask of what is read. */
export const POLICY_OPTIONS: OptionNames<ReaderPolicy> = {
  requireBinding: true,
  formats: true,
  allowLegacyFormats: true,
}

const request: OptionNames<StoreRequestOptions> = { headers: true, versionId: true, signal: true, idleTimeoutMs: true }

/** What is asked of an envelope that is read; its request takes the rest. */
const envelope: OptionNames<Omit<ReadOptions, keyof StoreRequestOptions>> = {
  ...POLICY_OPTIONS,
  requiredContext: true,
  allowUnauthenticatedAlgorithms: true,
  maxEncryptedDataKeys: true,
  expectedKey: true,
}

const read: OptionNames<ReadOptions> = { ...envelope, ...request }
const readWhole: OptionNames<GetOptions> = { ...read, progress: true }
const parts = { parallel: true, partLength: true } as const
const { versionId: _, ...readNewest } = read

/** The options of each call of a client. */
export const CALL_OPTIONS = {
  put: {
    algorithm: true,
    encryptionContext: true,
    allowUnauthenticatedAlgorithms: true,
    signal: true,
    format: true,
    segmentLength: true,
    messageForm: true,
    meta: true,
    mime: true,
    headers: true,
    bindToObject: true,
    progress: true,
    partLength: true,
    parallel: true,
    checkpoint: true,
    restartIfChanged: true,
    writeWithoutIntegrity: true,
    boundKey: true,
  } satisfies OptionNames<PutOptions>,
  get: { ...readWhole, ...parts, maxBufferLength: true } satisfies OptionNames<GetBufferOptions>,
  'get into a file': { ...readWhole, ...parts, checkpoint: true, replace: true } satisfies OptionNames<
    GetOptions & PartOptions & { readonly checkpoint?: string | undefined; readonly replace?: boolean | undefined }
  >,
  'get into a browser’s file': { ...readWhole, ...parts } satisfies OptionNames<GetOptions & PartOptions>,
  'get into a stream': readWhole,
  getStream: { ...readWhole, fetchTwice: true } satisfies OptionNames<GetStreamOptions>,
  verify: readWhole,
  getRange: { ...read, allowUnverifiedRange: true, maxBufferLength: true } satisfies OptionNames<GetRangeOptions>,
  getRanges: { ...read, parallel: true, maxBufferLength: true } satisfies OptionNames<GetRangesOptions>,
  openRandomAccess: read,
  head: { ...read, verifyLength: true } satisfies OptionNames<HeadOptions>,
  delete: request,
  copy: { ...read, keepBinding: true, progress: true } satisfies OptionNames<CopyOptions>,
  rewrap: { ...envelope, to: true, verify: true, headers: true, signal: true } satisfies OptionNames<RewrapOptions>,
  upgrade: {
    ...readNewest,
    format: true,
    segmentLength: true,
    parallel: true,
    keepAs: true,
    storeAs: true,
    from: true,
    progress: true,
  } satisfies OptionNames<UpgradeOptions>,
  listUploads: request,
  abortUpload: request,
} as const
