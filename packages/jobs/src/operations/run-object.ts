import { OsscryptError, ServiceError } from 'osscrypt'
import type { BucketClient } from '../objects/bucket-client.js'
import { classifyObject, headersOf } from '../objects/classify-object.js'
import { isListed } from '../objects/is-listed.js'
import { isArchived, isReachable, type ListedObject } from '../objects/listed-object.js'
import type { Operation, RunOptions, Workplace } from './operation.js'
import { isImmutable } from './immutable.js'
import { ObjectFailure } from './object-failure.js'
import { localFailures, skipped, type FailureCode, type Finished, type Outcome } from './outcome.js'

/** How often an object is begun anew, when what failed may pass. Requests have been repeated by then. */
const ATTEMPTS = 3

/**
 * Works on one object. Whatever goes wrong with it is its outcome.
 *
 * @throws the signal's reason.
 */
export async function runObject(
  operation: Operation,
  object: ListedObject,
  workplace: Workplace,
  options: RunOptions,
): Promise<Outcome> {
  const { name, length, version } = object
  const which = version && { version }
  for (let attempt = 1; ; attempt++) {
    try {
      // Written out first: V8 gives each copy of a copy a shape of its own, and millions of those are much memory.
      return { name, length, ...which, ...(await finish(operation, object, workplace, options)) }
    } catch (error) {
      options.signal?.throwIfAborted()
      if (attempt < ATTEMPTS && error instanceof ServiceError && error.retryable) continue
      const isOwn = await isUnreachableAlone(error, object, workplace, options)
      return { name, length, ...which, ...(isOwn ? { status: 'failed', ...UNREACHABLE_ALONE } : failed(error)) }
    }
  }
}

async function finish(
  operation: Operation,
  object: ListedObject,
  workplace: Workplace,
  options: RunOptions,
): Promise<Finished> {
  if (!isReachable(object.name)) return { status: 'failed', code: 'NameUnreachable' }
  if (isArchived(object)) return skipped('Archived')
  const { client, bucket } = workplace
  try {
    const { signal } = options
    // What is found out behind this is of this object; else it has changed when the last look is taken, and is not replaced.
    const head = operation.replaces === true ? await headersOf(bucket, object.name, signal).catch(orNone) : undefined
    const found = await classifyObject(client, bucket, object.name, { versionId: object.version?.id, signal })
    if (found.kind === 'symlink' && operation.onlyLooks !== true) return skipped('Symlink', found)
    if (operation.replaces !== true) return await operation.run(object, found, workplace, options)
    if (!head)
      throw new ServiceError('BadAnswer', 'HeadObject: OSS did not answer', { service: 'oss', retryable: true })
    return await operation.run(object, found, workplace, { ...options, head })
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotFound') return assertGone(bucket, object, options)
    if (error instanceof ServiceError && (await isArchivedBy(error, bucket, object, options)))
      return skipped('Archived')
    throw error
  }
}

/**
 * What came of an object of which OSS answered that it is not there. One that is listed still is not gone: what is there cannot be read, or it was something else that was not found.
 *
 * @throws ServiceError `BadAnswer`; what the listing fails with.
 */
async function assertGone(bucket: BucketClient, object: ListedObject, { signal }: RunOptions): Promise<Finished> {
  if (!(await isListed(bucket, object, { signal }))) return skipped('Gone')
  const message = 'OSS lists the object, and answers that it, or what was staged for it, is not there'
  throw new ServiceError('BadAnswer', message, { service: 'oss', retryable: true })
}

/** Whether an object that cannot be read was archived since it was listed. ali-oss tells of a refused stream no more than the status. */
async function isArchivedBy(
  { code }: ServiceError,
  bucket: BucketClient,
  { name, version }: ListedObject,
  { signal }: RunOptions,
): Promise<boolean> {
  if (code === 'Archived') return true
  if (code !== 'AccessDenied') return false
  const headers = await headersOf(bucket, name, signal, version?.id).catch(() => undefined)
  return isArchived({ storageClass: headers?.['x-oss-storage-class'] ?? '' })
}

const UNREACHABLE_ALONE = {
  code: 'ObjectUnreachable',
  message: 'OSS answers, but the connection breaks whenever this object is worked on',
} as const

/** Whether OSS cannot be reached for this object, and can for others. */
async function isUnreachableAlone(
  error: unknown,
  object: ListedObject,
  { bucket }: Workplace,
  { signal }: RunOptions,
): Promise<boolean> {
  if (!(error instanceof ServiceError && error.code === 'Unreachable' && error.service === 'oss')) return false
  try {
    await isListed(bucket, object, { signal })
    return true
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

/** What cannot be asked for is asked again, with what says why. */
function orNone(error: unknown): undefined {
  if (!(error instanceof ServiceError)) throw error
}

function failed(error: unknown): Finished {
  if (error instanceof ObjectFailure) return { status: 'failed', code: error.code, message: error.message }
  if (isImmutable(error))
    return { status: 'failed', code: 'Immutable', message: 'a retention policy or a legal hold keeps it as it is' }
  const local = localFailures.find((code) => (error as { readonly code?: unknown } | null)?.code === code)
  if (local !== undefined) return { status: 'failed', code: local, message: `files of this machine: ${local}` }
  if (!(error instanceof OsscryptError)) {
    // Texts of other libraries' errors hold what is not to be written down.
    return { status: 'failed', code: 'Unexpected', message: error instanceof Error ? error.name : 'no error' }
  }
  return { status: 'failed', code: error.code, message: error.message }
}

const TAMPERING: ReadonlySet<FailureCode> = new Set([
  'IntegrityFailed',
  'InvalidFormat',
  // What stands in a header is changed as easily as anything.
  'UnsupportedVersion',
  'UnsupportedAlgorithm',
  'KeyIdMismatch',
  'BindingMismatch',
  'BindingMissing',
  'WrongContext',
  'ContextMismatch',
])

/** Failures that say that somebody changed what was stored, or put it in the place of another. */
export function isTampering({ code }: Outcome): boolean {
  return code !== undefined && TAMPERING.has(code)
}
