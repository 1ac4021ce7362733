import { currentObject } from '../object/find-object.js'
import { keyWriter } from '../object/key.js'
import { listKeys, type KeyPage } from '../object/list-keys.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, invalidParameter, OWNER, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

const MAX_KEYS = 1000
const DEFAULT_KEYS = 100

/** The parameters and the page that both versions of the listing have in common. */
function listPage(call: OssCall, bucket: Bucket, after: string): { page: KeyPage; common: XmlElements } {
  const maxKeys = integerParameter(call, 'max-keys', [1, MAX_KEYS], DEFAULT_KEYS)
  const prefix = call.query.get('prefix') ?? ''
  const delimiter = call.query.get('delimiter') ?? ''
  const isListed = (key: string): boolean => currentObject(bucket, key) !== null
  const page = listKeys(bucket.index.keys, { prefix, delimiter, after, limit: maxKeys }, isListed)
  const { encodingType, write } = keyWriter(call.query)
  const common = {
    Name: call.bucketName,
    Prefix: write(prefix),
    MaxKeys: maxKeys,
    Delimiter: write(delimiter),
    EncodingType: encodingType,
    IsTruncated: page.next !== null,
  }
  return { page, common }
}

function contents(bucket: Bucket, page: KeyPage, write: (key: string) => string, withOwner: boolean): XmlElements {
  return {
    Contents: page.keys.map((key) => {
      const record = currentObject(bucket, key)
      return {
        Key: write(key),
        LastModified: new Date(record?.lastModifiedMs ?? 0).toISOString(),
        ETag: `"${record?.etag ?? ''}"`,
        Type: record?.type,
        Size: record?.size,
        StorageClass: record?.storageClass,
        Owner: withOwner ? OWNER : undefined,
      }
    }),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  }
}

export async function listObjects(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const marker = call.query.get('marker') ?? ''
  const { page, common } = listPage(call, bucket, marker)
  const { write } = keyWriter(call.query)
  return xmlAnswer(
    writeXml('ListBucketResult', {
      ...common,
      Marker: write(marker),
      NextMarker: page.next === null ? undefined : write(page.next),
      ...contents(bucket, page, write, true),
    }),
  )
}

export async function listObjectsV2(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const token = call.query.get('continuation-token') ?? ''
  const startAfter = call.query.get('start-after') ?? ''
  const { page, common } = listPage(call, bucket, token === '' ? startAfter : readToken(token))
  const { write } = keyWriter(call.query)
  return xmlAnswer(
    writeXml('ListBucketResult', {
      ...common,
      StartAfter: startAfter === '' ? undefined : write(startAfter),
      ContinuationToken: token === '' ? undefined : token,
      NextContinuationToken: page.next === null ? undefined : writeToken(page.next),
      KeyCount: page.keys.length + page.commonPrefixes.length,
      ...contents(bucket, page, write, call.query.get('fetch-owner') === 'true'),
    }),
  )
}

/** A token says where the next page begins, in a form that nobody takes for a key. */
function writeToken(after: string): string {
  return Buffer.from(`\u0001${after}`).toString('base64url')
}

function readToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString('utf8')
  if (!after.startsWith('\u0001')) throw invalidParameter('continuation-token', token)
  return after.slice(1)
}
