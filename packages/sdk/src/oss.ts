export type { AliOssClient } from './store/ali-oss/client.js'
export type { BindingOptions } from './format/binding.js'
export type { CopyOptions } from './oss/copy-object.js'
export type { Progress, ProgressStep } from './transfer/sealed-object.js'
export type { Metadata } from './format/envelope-metadata.js'
export type { PartOptions } from './transfer/fetch-in-order.js'
export type { GetFileOptions } from './oss/get-file.js'
export type { GetBufferOptions, GetOptions } from './oss/get-object.js'
export type { GetRangeOptions } from './oss/get-range.js'
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
export type { PutSource } from './source/node-source.js'
export type { SpoolOptions } from './io/spool.js'
export type { GetRangesOptions, RandomAccessObject, RandomAccessReadOptions } from './oss/random-access.js'
export type { RangeResult } from './oss/range-result.js'
export type { RewrapOptions, RewrapResult } from './oss/rewrap-object.js'
