import { ServiceError } from 'osscrypt'
import { askOss, type AskOptions } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { decodeName } from './list-objects.js'
import type { SourcePage } from './source-page.js'

/** Which versions are listed. */
export interface ListVersionsOptions extends AskOptions {
  readonly prefix?: string | undefined
  /** The cursor of the page behind which the listing begins. */
  readonly after?: string | undefined
}

/** What the types of ali-oss leave out of its client. */
interface VersionsClient {
  getBucketVersions(query: object, options: object): Promise<object>
}

interface Page {
  readonly objects?: readonly Entry[] | null
  readonly isTruncated?: boolean
  readonly nextKeyMarker?: string | null
  readonly nextVersionIdMarker?: string | null
}

interface Entry {
  readonly name: string
  readonly size: number
  readonly lastModified: string
  readonly storageClass?: string
  readonly versionId: string
  readonly isLatest: boolean
}

/** All versions of the objects of a bucket, a page at a time. What was deleted is told of by its old versions only. */
export async function* listVersions(
  bucket: BucketClient,
  { prefix, after, ...ask }: ListVersionsOptions,
): AsyncGenerator<SourcePage> {
  const client = bucket as BucketClient & VersionsClient
  let cursor = after
  for (;;) {
    const [key, version] = cursor === undefined ? [] : (JSON.parse(cursor) as [string, string | null])
    const query = {
      'max-keys': 1000,
      'encoding-type': 'url',
      ...(prefix && { prefix }),
      ...(key && { 'key-marker': key }),
      ...(key && version && { 'version-id-marker': version }),
    }
    const page = (await askOss('ListObjectVersions', () => client.getBucketVersions({ ...query }, {}), ask)) as Page
    const objects = (page.objects ?? []).map(({ name, size, lastModified, storageClass, versionId, isLatest }) => ({
      name: decodeName(name),
      length: size,
      lastModified: new Date(lastModified),
      storageClass: storageClass ?? 'Standard',
      version: { id: versionId, isLatest },
    }))
    if (page.isTruncated !== true) {
      // Whoever goes on behind the last page goes on behind the last name.
      const last = objects.at(-1)
      yield { objects, cursor: last ? JSON.stringify([last.name, null]) : cursor }
      return
    }
    const next = JSON.stringify([decodeName(page.nextKeyMarker ?? ''), page.nextVersionIdMarker ?? null])
    if (next === cursor || !page.nextKeyMarker)
      throw new ServiceError('BadAnswer', 'ListObjectVersions: OSS answered a page that leads to no other', {
        service: 'oss',
      })
    cursor = next
    yield { objects, cursor }
  }
}
