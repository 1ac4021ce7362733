import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Progress } from 'osscrypt/oss'
import type { Location } from '../location.js'
import type { Transfer } from './transfer-object.js'

/**
 * Whether there is other content at one place than at the other. An object that cannot be read is an error, not a difference.
 *
 * @param progress Told of how much of an object is through.
 */
export async function contentsDiffer(
  transfer: Transfer,
  a: Location,
  b: Location,
  progress?: Progress,
): Promise<boolean> {
  const [one, other] = await Promise.all([digestOf(transfer, a, progress), digestOf(transfer, b, progress)])
  return one !== other
}

async function digestOf(
  { session, options, signal }: Transfer,
  location: Location,
  progress: Progress | undefined,
): Promise<string> {
  const hash = createHash('sha256')
  if (location.kind === 'oss') {
    const client = await session.client(location.bucket)
    const { stream } = await client.getStream(location.key, { ...options.get, signal, progress })
    await pipeline(stream, hash, { signal })
  } else if (location.kind === 'file') await pipeline(createReadStream(location.path), hash, { signal })
  return hash.digest('hex')
}
