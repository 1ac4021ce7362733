import type { AskOptions } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { listPages } from './list-objects.js'
import { listVersions } from './list-versions.js'
import type { ListedObject } from './listed-object.js'

/**
 * Whether OSS lists an object, or a version of it, now. One request, or as many as its versions need.
 *
 * @throws ServiceError, the signal's reason.
 */
export async function isListed(
  bucket: BucketClient,
  { name, version }: Pick<ListedObject, 'name' | 'version'>,
  ask: AskOptions,
): Promise<boolean> {
  // A name comes before all that begin with it.
  if (version === undefined) {
    for await (const [first] of listPages(bucket, { prefix: name, pageLength: 1, ...ask }))
      if (first) return first.name === name
    return false
  }
  for await (const { objects } of listVersions(bucket, { prefix: name, ...ask })) {
    if (objects.some((object) => object.name === name && object.version?.id === version.id)) return true
    if (objects.some((object) => object.name !== name)) return false
  }
  return false
}
