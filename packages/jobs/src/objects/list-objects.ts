import { ServiceError } from 'osscrypt'
import { askOss, type AskOptions } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import type { ListedObject } from './listed-object.js'

/** What is listed. */
export interface ListOptions extends AskOptions {
  /** Default: all of the bucket. */
  readonly prefix?: string | undefined
  /** The name behind which the listing begins. */
  readonly startAfter?: string | undefined
  /** Objects of a page, to 1000. Default 1000. */
  readonly pageLength?: number | undefined
}

/** The objects of a bucket in the order of their names, a page at a time. */
export async function* listPages(
  bucket: BucketClient,
  { prefix, startAfter, pageLength = 1000, ...ask }: ListOptions,
): AsyncGenerator<readonly ListedObject[]> {
  let token: string | undefined
  do {
    const query = {
      'max-keys': pageLength,
      'encoding-type': 'url',
      // What is empty is signed in two ways: it is left out.
      ...(prefix && { prefix }),
      ...(startAfter && { 'start-after': startAfter }),
      ...(token !== undefined && { 'continuation-token': token }),
    }
    const page = (await askOss('ListObjectsV2', () => bucket.listV2({ ...query }, {}), ask)) as Page
    const next = page.isTruncated === true ? page.nextContinuationToken : undefined
    if (page.isTruncated === true && (typeof next !== 'string' || next === token))
      throw new ServiceError('BadAnswer', 'ListObjectsV2: OSS answered a page that leads to no other', {
        service: 'oss',
      })
    yield (page.objects ?? []).map(toListedObject)
    token = next
  } while (token !== undefined)
}

interface Page {
  readonly objects?: readonly Entry[]
  readonly isTruncated?: boolean
  readonly nextContinuationToken?: string
}

interface Entry {
  readonly name: string
  readonly size: number
  readonly lastModified: string
  readonly storageClass?: string
}

function toListedObject({ name, size, lastModified, storageClass = 'Standard' }: Entry): ListedObject {
  return { name: decodeName(name), length: size, lastModified: new Date(lastModified), storageClass }
}

/** Names are asked for URL-encoded: XML cannot carry all that they may hold. */
export function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    throw new ServiceError('BadAnswer', 'OSS listed a name that is not well-formed', { service: 'oss' })
  }
}
