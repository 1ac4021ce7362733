export type { AliOssClient } from './oss/ali-oss-client.js'
export type { BindingOptions } from './oss/binding.js'
export type { CopyOptions, CopyResult } from './oss/copy-object.js'
export type { Dropped } from './oss/kept-headers.js'
export type { Progress, ProgressStep } from './oss/object-part.js'
export type { Metadata } from './oss/envelope-metadata.js'
export type { PartOptions } from './oss/download-parts.js'
export type { GetFileOptions } from './oss/get-file.js'
export type { GetTarget } from './oss/get-target.js'
export type { GetBufferOptions, GetOptions } from './oss/get-object.js'
export type { GetRangeOptions } from './oss/get-range.js'
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
} from './oss/object-store.js'
export type { ObjectInfo, ReadOptions } from './oss/open-object.js'
export type { HeadOptions, HeadResult, UnverifiedHeadResult } from './oss/head-object.js'
export { OssEncryptionClient, type OssEncryptionClientOptions } from './oss/oss-encryption-client.js'
export type { PutOptions, PutResult } from './oss/put-object.js'
export type { BlobSource, BodySource, PutSource } from './oss/put-source.js'
export type { SpoolOptions } from './io/spool.js'
export type { GetRangesOptions, RandomAccessObject, RandomAccessReadOptions } from './oss/random-access.js'
export type { RangeResult } from './oss/range-result.js'
export type { FormatName, ReaderPolicy } from './oss/reader-policy.js'
export type { RewrapOptions, RewrapResult } from './oss/rewrap-object.js'
