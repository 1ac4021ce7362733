import type { AliOssClient } from 'osscrypt/oss'

/** As much of an `ali-oss` client as jobs use: any client of version 6 fits. */
export interface BucketClient extends AliOssClient {
  listV2(query: object, options: object): Promise<object>
}
