/**
 * Encrypted objects in OSS: {@link OssEncryptionClient}, its options and results, and the stores that it works with.
 *
 * @packageDocumentation
 * @module osscrypt/oss
 */
export type { AliOssClient } from './store/ali-oss/client.js'
export type { BindingOptions } from './format/binding.js'
export { checkCors, corsDocument, type CorsFinding, type FoundCorsRule } from './oss/cors-check.js'
export { corsRule, type CorsRule } from './oss/cors-rule.js'
export type { CopyOptions, CopyResult } from './oss/copy-object.js'
export type { Dropped } from './oss/kept-headers.js'
export type { Progress, ProgressStep } from './transfer/progress.js'
export type { Metadata } from './format/envelope-metadata.js'
export type { FormatName, WrittenFormatName } from './format/format-name.js'
export type { Integrity } from './format/object-format.js'
export type { PartOptions } from './transfer/download-plan.js'
export type { GetFileOptions, GetTarget } from './oss/node-get-target.js'
export type {
  BrowserFile,
  FileInDirectory,
  WritableDirectoryHandle,
  WritableFile,
  WritableFileHandle,
} from './target/browser-file.js'
export type { GetBufferOptions } from './oss/get-buffer.js'
export type { GetOptions } from './oss/get-whole.js'
export type { GetStreamOptions, StreamResult } from './oss/get-stream.js'
export type { GetRangeOptions, RangeResult } from './oss/get-range.js'
export type { GetRangesOptions } from './oss/get-ranges.js'
export type {
  ByteRange,
  CallbackAnswer,
  MetadataStore,
  MultipartStore,
  ObjectStore,
  PendingUpload,
  StoreAnswer,
  StoredAnswer,
  StoredPart,
  StoreRequestOptions,
  UploadBody,
} from './store/object-store.js'
export type { UpgradeOptions, UpgradeResult } from './oss/upgrade-object.js'
export type { ObjectInfo, ReadOptions } from './oss/open-object.js'
export type { HeadOptions, HeadResult, UnverifiedHeadResult } from './oss/head-object.js'
export type { OssEncryptionClientOptions } from './oss/client-options.js'
export type { GivenStore } from './oss/node-choose-store.js'
export { OssEncryptionClient } from './oss/oss-encryption-client.js'
export type { PutOptions, PutResult } from './oss/put-object.js'
export type { BlobSource, BodySource, PutSource } from './source/node-source.js'
export type { ReadableFileHandle } from './source/file-handle.js'
export type { SpoolOptions } from './spool/spool.js'
export type { RandomAccessObject, RandomAccessReadOptions } from './oss/random-access.js'
export type { ReaderPolicy } from './oss/reader-policy.js'
export type { RewrapOptions, RewrapResult } from './oss/rewrap-object.js'
export type { OssV2Client } from './store/oss-v2/oss-v2-client.js'
export { OssV2Store } from './store/oss-v2/oss-v2-store.js'
export {
  PresignedStore,
  type PresignedStoreOptions,
  type RequestToSign,
  type SignedRequest,
} from './store/presigned/presigned-store.js'
export { ossError, type OssFailure } from './store/store-error.js'
export { BrokerDataKeyProvider } from './broker/broker-data-key-provider.js'
export { signByBroker } from './broker/sign-by-broker.js'
export type { BrokerOptions } from './broker/broker-connection.js'
