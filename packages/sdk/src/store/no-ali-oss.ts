import type { MetadataStore, MultipartStore, ObjectStore } from './object-store.js'

/** What tells an `ali-oss` client from other stores. This platform takes none. */
export interface AliOssClient {
  getStream(name: string, options?: object): Promise<unknown>
}

/** Stands where a platform cannot use the Node client of `ali-oss`. */
export class AliOssStore implements ObjectStore {
  declare readonly multipart: MultipartStore
  declare readonly metadata: MetadataStore
  declare readonly put: ObjectStore['put']
  declare readonly get: ObjectStore['get']
  declare readonly head: ObjectStore['head']
  declare readonly delete: ObjectStore['delete']
  declare readonly copy: ObjectStore['copy']

  /** @throws TypeError. */
  constructor(..._rest: unknown[]) {
    throw new TypeError('on this platform `store` is a PresignedStore, an OssV2Store, or an ObjectStore of your own')
  }
}
