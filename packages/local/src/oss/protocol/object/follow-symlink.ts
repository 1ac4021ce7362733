import type { FoundObject } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { objectOf, type OssCall } from '../request/oss-call.js'
import { contentMd5 } from './object-headers.js'

/** What a read answers with: facts that go into headers, and where the bytes are. */
export type ReadableObject = Pick<FoundObject, 'facts' | 'read'>

/**
 * The object that a request reads. Of a symlink, the bytes and what is said of them are the target's; the rest is its own.
 *
 * @throws `OssError` as {@link objectOf}; SymlinkTargetNotExist, InvalidTargetType.
 */
export async function readableObjectOf(call: OssCall): Promise<ReadableObject> {
  const object = await objectOf(call)
  const { symlinkTarget, lastModifiedMs } = object.facts
  if (symlinkTarget === undefined) return object
  const target = await call.backend.findObject(call.bucketName, symlinkTarget, undefined)
  if (target === null || target.facts.deleteMarker) {
    throw new OssError('SymlinkTargetNotExist', { elements: { Key: call.key } })
  }
  if (target.facts.symlinkTarget !== undefined) throw new OssError('InvalidTargetType')
  const { size, etag, crc64, storageClass, restore } = target.facts
  const md5 = contentMd5(target.facts)
  const facts = {
    ...object.facts,
    ...{ size, etag, crc64, storageClass },
    ...(restore !== undefined && { restore }),
    ...(md5 !== undefined && { contentMd5: md5 }),
    lastModifiedMs: Math.max(lastModifiedMs, target.facts.lastModifiedMs),
  }
  return { facts, read: (range) => target.read(range) }
}
