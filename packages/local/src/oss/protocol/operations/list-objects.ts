import type { Page } from '../backend.js'
import type { ObjectFacts } from '../facts.js'
import { keyWriter } from '../object/key.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, invalidParameter, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

const MAX_KEYS = 1000
const DEFAULT_KEYS = 100

/** The page, and what both versions of the listing say of it. */
async function listPage(call: OssCall, after: string): Promise<{ page: Page<ObjectFacts>; common: XmlElements }> {
  const { name } = await bucketOf(call)
  const maxKeys = integerParameter(call, 'max-keys', [1, MAX_KEYS], DEFAULT_KEYS)
  const prefix = call.query.get('prefix') ?? ''
  const delimiter = call.query.get('delimiter') ?? ''
  const page = await call.backend.listObjects(name, { prefix, delimiter, after, limit: maxKeys })
  const { encodingType, write } = keyWriter(call.query)
  const common = {
    Name: name,
    Prefix: write(prefix),
    MaxKeys: maxKeys,
    Delimiter: write(delimiter),
    EncodingType: encodingType,
    IsTruncated: page.next !== null,
  }
  return { page, common }
}

function contents(page: Page<ObjectFacts>, write: (key: string) => string, withOwner: boolean): XmlElements {
  return {
    Contents: page.entries.map((object) => ({
      Key: write(object.key),
      LastModified: new Date(object.lastModifiedMs).toISOString(),
      ETag: `"${object.etag}"`,
      Type: object.type,
      Size: object.size,
      StorageClass: object.storageClass,
      Owner: withOwner ? OWNER : undefined,
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  }
}

export async function listObjects(call: OssCall): Promise<Answer> {
  const marker = call.query.get('marker') ?? ''
  const { page, common } = await listPage(call, marker)
  const { write } = keyWriter(call.query)
  return xmlAnswer(
    writeXml('ListBucketResult', {
      ...common,
      Marker: write(marker),
      NextMarker: page.next === null ? undefined : write(page.next),
      ...contents(page, write, true),
    }),
  )
}

export async function listObjectsV2(call: OssCall): Promise<Answer> {
  const token = call.query.get('continuation-token') ?? ''
  const startAfter = call.query.get('start-after') ?? ''
  const { page, common } = await listPage(call, token === '' ? startAfter : readToken(token))
  const { write } = keyWriter(call.query)
  return xmlAnswer(
    writeXml('ListBucketResult', {
      ...common,
      StartAfter: startAfter === '' ? undefined : write(startAfter),
      ContinuationToken: token === '' ? undefined : token,
      NextContinuationToken: page.next === null ? undefined : writeToken(page.next),
      KeyCount: page.entries.length + page.commonPrefixes.length,
      ...contents(page, write, call.query.get('fetch-owner') === 'true'),
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
