export type { AliOssClient } from './store/ali-oss/client.js'
export type { BindingOptions } from './format/binding.js'
export type { CopyOptions } from './oss/copy-object.js'
export type { Progress, ProgressStep } from './transfer/progress.js'
export type { Metadata } from './format/envelope-metadata.js'
export type { PartOptions } from './transfer/download-plan.js'
export type { GetFileOptions } from './oss/get-file.js'
export type { GetBufferOptions } from './oss/get-buffer.js'
export type { GetOptions } from './oss/get-whole.js'
export type { GetRangeOptions, RangeResult } from './oss/get-range.js'
export type { GetRangesOptions } from './oss/get-ranges.js'
export type {
  ByteRange,
  MetadataStore,
  MultipartStore,
  ObjectStore,
  PendingUpload,
  StoreAnswer,
  StoredPart,
  StoreRequestOptions,
  UploadBody,
} from './store/object-store.js'
export type { ObjectInfo, ReadOptions } from './oss/open-object.js'
export type { HeadOptions, HeadResult } from './oss/head-object.js'
export { OssEncryptionClient, type OssEncryptionClientOptions } from './oss/oss-encryption-client.js'
export type { PutOptions, PutResult } from './oss/put-object.js'
export type { PutSource } from '#source'
export type { SpoolOptions } from './spool/spool.js'
export type { RandomAccessObject, RandomAccessReadOptions } from './oss/random-access.js'
export type { RewrapOptions, RewrapResult } from './oss/rewrap-object.js'
