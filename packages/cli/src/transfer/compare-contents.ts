import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Place } from './place.js'
import { targetPath } from './target-path.js'
import type { Transfer } from './transfer-object.js'

/** Whether what has a name at two places has other content at one than at the other. An object that cannot be read is an error, not a difference. */
export async function contentsDiffer(transfer: Transfer, a: Place, b: Place, name: string): Promise<boolean> {
  const [one, other] = await Promise.all([digestOf(transfer, a, name), digestOf(transfer, b, name)])
  return one !== other
}

async function digestOf({ session, options, signal }: Transfer, place: Place, name: string): Promise<string> {
  const hash = createHash('sha256')
  if (place.object) {
    const client = await session.client(place.object.bucket)
    const { stream } = await client.getStream(place.object.key + name, options.get)
    await pipeline(stream, hash, { signal })
  } else await pipeline(createReadStream(targetPath(place.folder ?? '', name)), hash, { signal })
  return hash.digest('hex')
}
