import { IntegrityError, ServiceError } from 'osscrypt'
import type { CopyResult, GetOptions, OssEncryptionClient } from 'osscrypt/oss'
import { createHash } from 'node:crypto'
import type { BucketClient } from '../objects/bucket-client.js'
import { headersOf } from '../objects/classify-object.js'
import { keepCopy } from '../objects/keep-copy.js'
import { freshName, KEPT_PREFIX, STAGED_PREFIX } from '../objects/listed-object.js'
import { isImmutable } from './immutable.js'
import { ObjectFailure } from './object-failure.js'
import type { Workplace } from './operation.js'

type Headers = Readonly<Record<string, string>>

/** What is to take an object's place. */
export interface Place {
  /** The object's name, which what is staged is bound to. */
  readonly name: string
  /** The object's headers when it was first looked at. */
  readonly head: Headers
  /** Keeps what is replaced by a copy below `.osscrypt-jobs/kept/`. */
  readonly keep: boolean
}

/** What was stored under a name of its own. */
export interface Staged<Facts> {
  /** SHA-256 of the plaintext that was read. */
  readonly expected: Buffer
  readonly facts: Facts
}

/**
 * Puts something in an object's place. It is stored under a name of its own, read back and compared with what it was made of; then, if the object is still the one
 * that was read, OSS copies it over, and what is there is looked at once more. OSS has no condition for the place a copy goes to: who writes there between the
 * last look and the copy is overwritten, and, in a bucket that keeps versions, still there as one.
 *
 * @param stage Stores it under the name that it is given.
 * @throws ServiceError `ObjectChanged`, IntegrityError; what `stage` throws. Until the copy is made, the object is as it was; what is not seen to be in its place stays
 * where it was staged. ObjectFailure `BucketImmutable`: what was staged is there still, and the object may be in its place.
 */
export async function takePlace<Facts>(
  workplace: Workplace,
  place: Place,
  stage: (staged: string) => Promise<Staged<Facts>>,
  signal: AbortSignal | undefined,
): Promise<{ readonly facts: Facts; readonly dropped: CopyResult['dropped'] }> {
  const { client, bucket } = workplace
  const { name } = place
  const staged = freshName(STAGED_PREFIX, name)
  let mayGo = true
  let version: string | undefined
  try {
    const { expected, facts } = await stage(staged)
    const actual = await digestOf(client, staged, { expectedKey: name, requireBinding: true, signal }).catch(rethrow)
    const made = await headersOf(bucket, staged, signal).catch(rethrow)
    version = made['x-oss-version-id']
    await lookLast(workplace, place, () => actual.equals(expected), signal)
    mayGo = false
    const { dropped } = await client.copy(name, staged, { keepBinding: true, signal }).catch(async (error: unknown) => {
      mayGo = await isUnchanged(bucket, place).catch(() => false)
      return rethrow(error)
    })
    if (!isCopyOf(made, await headersOf(bucket, name))) {
      const keptAs = freshName(KEPT_PREFIX, name)
      await keepCopy(bucket, staged, made, keptAs, undefined)
      throw changed(`what is there is not what was copied there, which is kept as ${keptAs}`)
    }
    mayGo = true
    return { facts, dropped }
  } finally {
    // What cannot be deleted now is a stray, and no failure of what was done.
    if (mayGo)
      await deleteStaged(client, staged, version).catch((error: unknown) => {
        if (isImmutable(error)) throw stagedImmutable(staged)
      })
  }
}

/** Deletes what was staged, for good where the bucket keeps versions and the access key may do that: else everything would be stored twice. */
async function deleteStaged(client: OssEncryptionClient, staged: string, versionId: string | undefined): Promise<void> {
  if (versionId === undefined) {
    await client.delete(staged)
    return
  }
  await client.delete(staged, { versionId }).catch(async (error: unknown) => {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
    await client.delete(staged)
  })
}

/** Keeps what is there, where that is asked for, and asserts that it is what was read, and that what was staged is what was made of it. */
async function lookLast(
  { client, bucket }: Workplace,
  place: Place,
  isWhole: () => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { name, head, keep } = place
  const keptAs = keep ? freshName(KEPT_PREFIX, name) : undefined
  try {
    if (keptAs !== undefined) await keepCopy(bucket, name, head, keptAs, signal)
    if (!(await isUnchanged(bucket, place, signal))) throw changed('the object changed while it was worked on')
    if (!isWhole()) throw new IntegrityError('what was read back is not what was read before')
  } catch (error) {
    // What it is a copy of is there still.
    if (keptAs !== undefined) await client.delete(keptAs).catch(() => undefined)
    throw error
  }
}

/** Whether the object is still the one that was looked at first. */
async function isUnchanged(bucket: BucketClient, { name, head }: Place, signal?: AbortSignal): Promise<boolean> {
  const last = await headersOf(bucket, name, signal)
  return ['etag', 'last-modified', 'x-oss-version-id', 'x-oss-object-type'].every(
    (field) => last[field] === head[field],
  )
}

/** Whether an object is what another one is: bytes, and user metadata, in which its envelope is. */
function isCopyOf(made: Headers, found: Headers): boolean {
  const fields = [...new Set([...Object.keys(made), ...Object.keys(found)])].filter((field) =>
    field.startsWith('x-oss-meta-'),
  )
  const crc64 = 'x-oss-hash-crc64ecma'
  const compared = crc64 in made && crc64 in found ? [crc64, ...fields] : fields
  return ['content-length', ...compared].every((field) => made[field] === found[field])
}

/** That what was staged has gone is not to be taken for the object itself. */
function rethrow(error: unknown): never {
  if (error instanceof ServiceError && error.code === 'NotFound') throw changed('what was staged has gone')
  throw error
}

/** Every object would leave a copy there, which is paid for until the policy ends. */
function stagedImmutable(staged: string): ObjectFailure {
  const message = `the bucket keeps all that is stored in it (a retention policy), what was staged, too: ${staged} cannot be deleted yet`
  return new ObjectFailure('BucketImmutable', message)
}

function changed(message: string): ServiceError {
  return new ServiceError('ObjectChanged', message, { service: 'oss' })
}

/** SHA-256 of an object's plaintext, read whole. It stays in memory. */
export async function digestOf(client: OssEncryptionClient, name: string, options: GetOptions): Promise<Buffer> {
  const { stream } = await client.getStream(name, options)
  const hash = createHash('sha256')
  for await (const bytes of stream) hash.update(bytes as Uint8Array)
  return hash.digest()
}
