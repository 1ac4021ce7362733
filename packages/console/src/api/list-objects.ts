import type { ConsoleCloud, ConsoleObject } from '../console-cloud.js'
import { bucketName, text } from './bad-request.js'
import type { ListAnswer, ListedObject } from './messages.js'

/** So many pages are gone through for one question of a search: an answer comes soon, and tells how far it is. */
const PAGES_OF_A_SEARCH = 5

/** Lists what is at a prefix, or searches what is below it. */
export async function listObjects(
  cloud: ConsoleCloud,
  { bucket, prefix, contains, token }: Partial<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<ListAnswer> {
  const place = { bucket: bucketName(bucket), prefix: text(prefix) }
  const from = token === undefined ? undefined : text(token)
  if (contains !== undefined) return search(cloud, place, text(contains).toLowerCase(), from, signal)
  const request = { prefix: place.prefix, delimiter: '/', token: from, signal }
  const page = await cloud.list(place.bucket, request)
  return {
    prefixes: page.prefixes,
    objects: page.objects.map(toListed),
    scanned: page.objects.length + page.prefixes.length,
    token: page.token,
  }
}

async function search(
  cloud: ConsoleCloud,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  contains: string,
  from: string | undefined,
  signal: AbortSignal,
): Promise<ListAnswer> {
  const objects: ListedObject[] = []
  let scanned = 0
  let token = from
  for (let pages = 0; pages < PAGES_OF_A_SEARCH; pages++) {
    const page = await cloud.list(bucket, { prefix, delimiter: undefined, token, signal })
    scanned += page.objects.length
    for (const object of page.objects) {
      if (object.key.slice(prefix.length).toLowerCase().includes(contains)) objects.push(toListed(object))
    }
    token = page.token
    if (token === undefined) break
  }
  return { prefixes: [], objects, scanned, token }
}

function toListed({ key, storedLength, lastModified, storageClass }: ConsoleObject): ListedObject {
  return { key, storedLength, modifiedMs: lastModified.getTime(), storageClass }
}
