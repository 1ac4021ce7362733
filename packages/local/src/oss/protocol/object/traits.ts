import { OssError } from '../error/oss-error.js'
import type { BucketFacts, KeptHeaders, ObjectTag, ObjectTraits } from '../facts.js'
import { readEncryption } from './encryption.js'
import { invalidHeader } from './invalid-header.js'

type Headers = ReadonlyMap<string, string>

const CONTENT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
]
const META_PREFIX = 'x-oss-meta-'
const MAX_META_LENGTH = 8 * 1024
const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive']
const TAG_TEXT = /^[\p{L}\p{N} +\-=._:/]*$/u
const OBJECT_ACLS = ['default', 'private', 'public-read', 'public-read-write']

/**
 * Reads what a request gives an object besides its bytes.
 *
 * @throws `OssError` InvalidArgument, InvalidTag.
 */
export function readTraits(
  headers: Headers,
  bucket: BucketFacts,
  defaultContentType = 'application/octet-stream',
): ObjectTraits {
  const storageClass = headers.get('x-oss-storage-class') ?? bucket.storageClass
  if (!STORAGE_CLASSES.includes(storageClass)) throw invalidHeader('x-oss-storage-class', storageClass)
  const acl = headers.get('x-oss-object-acl') ?? 'default'
  return {
    headers: readKeptHeaders(headers, defaultContentType),
    storageClass,
    acl: checkObjectAcl('x-oss-object-acl', acl),
    tags: readTagging(headers.get('x-oss-tagging') ?? ''),
    encryption: readEncryption(headers) ?? bucket.encryption,
  }
}

/** The content headers and the user metadata, which is limited in length and in the characters of its names. */
function readKeptHeaders(headers: Headers, defaultContentType: string): KeptHeaders {
  const kept: Record<string, string> = { 'content-type': defaultContentType }
  for (const name of CONTENT_HEADERS) {
    const value = headers.get(name)
    if (value !== undefined && value !== '') kept[name] = value
  }
  let metaLength = 0
  for (const [name, value] of headers) {
    if (!name.startsWith(META_PREFIX)) continue
    if (!/^[a-z0-9-]+$/.test(name.slice(META_PREFIX.length))) {
      throw new OssError('InvalidArgument', {
        message: 'The name of a user meta header is invalid.',
        ec: '0011-00000004',
        elements: { ArgumentName: name, ArgumentValue: value },
      })
    }
    metaLength += name.length + value.length
    kept[name] = value
  }
  if (metaLength > MAX_META_LENGTH) {
    throw new OssError('InvalidArgument', {
      message: 'The total size of user meta headers exceeds the maximum allowed size.',
      ec: '0011-00000002',
      elements: { MaxSize: MAX_META_LENGTH },
    })
  }
  return kept
}

export function checkObjectAcl(name: string, acl: string): string {
  if (!OBJECT_ACLS.includes(acl)) throw invalidHeader(name, acl)
  return acl
}

/** Reads tags in the form of a query, as the header `x-oss-tagging` has them. */
function readTagging(text: string): ObjectTag[] {
  const tags = [...new URLSearchParams(text)].map(([key, value]): ObjectTag => [key, value])
  return checkTags(tags)
}

/** @throws `OssError` InvalidTag. */
export function checkTags(tags: readonly ObjectTag[]): ObjectTag[] {
  const names = new Set(tags.map(([key]) => key))
  const isValid = tags.every(
    ([key, value]) =>
      key.length >= 1 && key.length <= 128 && value.length <= 256 && TAG_TEXT.test(key) && TAG_TEXT.test(value),
  )
  if (!isValid || names.size !== tags.length || tags.length > 10) throw new OssError('InvalidTag')
  return [...tags]
}
