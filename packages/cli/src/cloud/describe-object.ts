import { NotEncryptedError, FormatError } from 'osscrypt'
import type { UnverifiedHeadResult } from 'osscrypt/oss'
import type { ObjectLocation } from '../location.js'
import { formatOf } from './format-of.js'
import type { Session } from './session.js'

/** What is said of an object without reading it; nothing of it is verified. */
export interface ObjectDescription {
  /** `gcm`, `floe`, `message-body`, `oss-sdk-ctr`, another algorithm of the vendor's; `plain` when it is not encrypted, `damaged` when the envelope is not well-formed. */
  readonly format: string
  /** Bytes of plaintext; undefined when padding hides it, or there is no envelope that says it. */
  readonly length: number | undefined
  readonly cmks: readonly string[]
  /** What a reader can know of its content: `whole`, `segments`, `none`; undefined when it is not encrypted, or nobody knows. */
  readonly integrity: UnverifiedHeadResult['integrity'] | undefined
}

/** Asks OSS what an object is. */
export async function describeObject(
  session: Session,
  { bucket, key }: ObjectLocation,
  storedLength: number,
  { signal, versionId }: { readonly signal: AbortSignal; readonly versionId?: string | undefined },
): Promise<ObjectDescription> {
  const client = await session.client(bucket)
  try {
    const head = await client.head(key, { signal, versionId })
    const { plaintextLength: length, integrity, encryption } = head
    return { format: formatOf(head), length, cmks: encryption.cmkArns, integrity }
  } catch (error) {
    if (error instanceof NotEncryptedError)
      return { format: 'plain', length: storedLength, cmks: [], integrity: undefined }
    // A key that the library does not reach, such as `../a`, is listed all the same.
    if (error instanceof FormatError || error instanceof TypeError)
      return { format: 'damaged', length: undefined, cmks: [], integrity: undefined }
    throw error
  }
}
