import { ByteSource } from '../bytes/byte-source.js'
import { FormatError, IntegrityError, ServiceError } from '../errors.js'
import type { UnverifiedEnvelope } from '../format/envelope.js'
import type { ObjectFormat } from '../format/object-format.js'
import type { ByteRange } from '../store/object-store.js'
import { fetchSameObject, identifyObject, type ObjectIdentity, type ObjectReading } from '../transfer/fetch.js'
import { fetchOptions, findObject, type ClientParts, type FoundObject, type ReadOptions } from './open-object.js'
import { assertSameObject } from './same-object.js'

/** What one answer, or two that agree, say of an object, before a part of it can be asked for. None of it is verified. */
export interface LocatedObject {
  readonly identity: ObjectIdentity
  readonly versionId: string | undefined
  readonly format: ObjectFormat
  readonly envelope: UnverifiedEnvelope
  /** The first bytes of the body. */
  readonly preface: Uint8Array
}

/** Bytes that are asked for first of an object of which nothing is known: as many as any format wants to see. */
export const FIRST_LOOK: ByteRange = { start: 0, end: 73 }

/**
 * What has to be known of an object before a part of it can be asked for.
 *
 * @param found A first look at the object; it is used as far as it goes, and ended.
 * @throws ServiceError `BadAnswer` when OSS does not say what the object is told from others by; FormatError, IntegrityError for a body that cannot be
 *   one of its format. Nothing stays open.
 */
export async function locateObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
  { reading, format, envelope }: FoundObject,
): Promise<LocatedObject> {
  const { prefaceLength } = format
  try {
    const identity = identifyObject(reading)
    if (!identity) throw new ServiceError('BadAnswer', 'OSS says neither ETag nor length', { service: 'oss' })
    if (identity.totalLength < prefaceLength) throw new IntegrityError()
    const inHand = reading.offset === 0 && (reading.length ?? 0) >= prefaceLength
    if (!inHand) reading.close()
    const asked = { start: 0, end: prefaceLength - 1 }
    const start =
      inHand || prefaceLength === 0
        ? reading
        : await fetchSameObject(parts.store, name, fetchOptions(parts, options), identity, asked)
    assertSameObject(name, start.answer, reading.answer)
    const preface = prefaceLength === 0 ? new Uint8Array(0) : await takeAll(start, prefaceLength)
    // Of some lengths there is no object.
    format.layout(envelope, preface, identity.totalLength)
    return { identity, versionId: reading.answer.headers['x-oss-version-id'], format, envelope, preface }
  } finally {
    reading.close()
  }
}

/** Looks at an object's start, and learns what has to be known of it; see {@link locateObject}. */
export async function lookAtObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
): Promise<{ readonly found: FoundObject; readonly located: LocatedObject }> {
  const found = await findPart(parts, name, options, FIRST_LOOK)
  return { found, located: await locateObject(parts, name, options, found) }
}

/**
 * Finds an object by a range of it. That there is no such range is OSS's word, which is not taken for it: the object is found nevertheless, and its
 * own end tells.
 */
export async function findPart(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
  range: ByteRange,
): Promise<FoundObject> {
  try {
    return await findObject(parts, name, { ...options, range })
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'InvalidRange')) throw error
    return findObject(parts, name, options)
  }
}

/** Whether reading an object again, without anything that is known of it, may help: what is known, or the answer, was wrong. */
export function isStale(error: unknown): boolean {
  if (error instanceof IntegrityError || error instanceof FormatError) return true
  if (!(error instanceof ServiceError)) return false
  // Without a status, it is the object's own end that says so.
  if (error.code === 'InvalidRange') return error.status !== undefined
  return error.code === 'ObjectChanged' || error.code === 'BadAnswer'
}

async function takeAll(reading: ObjectReading, length: number): Promise<Uint8Array> {
  const source = new ByteSource(reading.read())
  try {
    const bytes = await source.takeUpTo(length)
    if (bytes.length < length) throw new IntegrityError()
    return new Uint8Array(bytes)
  } finally {
    await source.close()
    reading.close()
  }
}
