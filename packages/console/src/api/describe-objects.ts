import { FormatError, NotEncryptedError } from 'osscrypt'
import type { OssEncryptionClient } from 'osscrypt/oss'
import type { ConsoleCloud } from '../console-cloud.js'
import { bucketName, texts } from './bad-request.js'
import type { DescribeAnswer, ObjectDescription } from './messages.js'
import { toApiError } from './to-api-error.js'

const MAX_KEYS = 100
const AT_ONCE = 8

/** What the envelopes of some objects say, by what OSS answers: KMS is not asked. */
export async function describeObjects(
  cloud: ConsoleCloud,
  { bucket, keys }: Partial<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<DescribeAnswer> {
  const asked = texts(keys, MAX_KEYS)
  const client = await cloud.client(bucketName(bucket))
  const objects: ObjectDescription[] = []
  let next = 0
  const work = async () => {
    for (let index = next++; index < asked.length; index = next++) {
      objects[index] = await describe(client, asked[index] ?? '', signal)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { objects }
}

async function describe(client: OssEncryptionClient, key: string, signal: AbortSignal): Promise<ObjectDescription> {
  try {
    const { format, integrity, encryption, plaintextLength } = await client.head(key, { signal })
    const { algorithm, cmkArns } = encryption
    return { kind: 'encrypted', format, integrity, algorithm, cmkArns, length: plaintextLength }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NotEncryptedError) return { kind: 'plain' }
    // A key that the library does not reach, such as `../a`, is listed all the same.
    if (error instanceof FormatError || error instanceof TypeError) return { kind: 'damaged' }
    return { kind: 'failed', error: toApiError(error) }
  }
}
