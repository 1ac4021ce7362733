import { ByteSource } from '../bytes/byte-source.js'
import { IntegrityError, ServiceError } from '../errors.js'
import type { ByteRange } from '../store/object-store.js'
import { fetchSameObject, identifyObject, type ObjectReading } from '../transfer/fetch.js'
import type { KnownObject } from './known-objects.js'
import { fetchOptions, findObject, type ClientParts, type FoundObject, type ReadOptions } from './open-object.js'

/** Bytes that are asked for first of an object of which nothing is known: as many as any format wants to see. */
export const FIRST_LOOK: ByteRange = { start: 0, end: 73 }

/**
 * What has to be known of an object before a part of it can be asked for.
 *
 * @param found A first look at the object; it is used as far as it goes, and ended.
 * @throws ServiceError `BadAnswer` when OSS does not say what the object is told from others by; IntegrityError when it is shorter than any of its
 *   format. Nothing stays open.
 */
export async function locateObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
  found: FoundObject,
): Promise<KnownObject> {
  const { reading, format, envelope } = found
  const { prefaceLength } = format
  try {
    const identity = identifyObject(reading)
    if (!identity) throw badAnswer('OSS says neither ETag nor length')
    if (identity.totalLength < prefaceLength) throw new IntegrityError()
    const inHand = reading.offset === 0 && (reading.length ?? 0) >= prefaceLength
    if (!inHand) reading.close()
    const start = { start: 0, end: prefaceLength - 1 }
    const preface =
      prefaceLength === 0
        ? new Uint8Array(0)
        : await takeAll(
            inHand ? reading : await fetchSameObject(parts.store, name, fetchOptions(parts, options), identity, start),
            prefaceLength,
          )
    return { identity, format, envelope, preface }
  } finally {
    reading.close()
  }
}

/** Looks at an object's start, and learns what has to be known of it; see {@link locateObject}. */
export async function lookAtObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
): Promise<{ readonly found: FoundObject; readonly known: KnownObject }> {
  const found = await findPart(parts, name, options, FIRST_LOOK)
  return { found, known: await locateObject(parts, name, options, found) }
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

function badAnswer(message: string): ServiceError {
  return new ServiceError('BadAnswer', message, { service: 'oss' })
}
