import type { Page } from '../backend.js'
import type { ObjectFacts } from '../facts.js'
import { keyAnswer, type WriteKey } from '../object/key.js'
import type { Answer } from '../request/answer.js'
import {
  bucketOf,
  integerParameter,
  invalidParameter,
  OWNER,
  textParameters,
  type OssCall,
} from '../request/oss-call.js'
import type { XmlElements } from '../xml/write-xml.js'

const MAX_KEYS = 1000
const DEFAULT_KEYS = 100

/** @throws `OssError` */
async function findPage(call: OssCall, after: string): Promise<Page<ObjectFacts>> {
  const { name } = await bucketOf(call)
  const limit = integerParameter(call, 'max-keys', [1, MAX_KEYS], DEFAULT_KEYS)
  const [prefix, delimiter] = textParameters(call, 'prefix', 'delimiter')
  return call.backend.listObjects(name, { prefix, delimiter, after, limit })
}

/** What both versions of the listing say first. */
function head(call: OssCall, page: Page<ObjectFacts>, write: WriteKey): XmlElements {
  return {
    Name: call.bucketName,
    Prefix: write(call.query.get('prefix') ?? ''),
    MaxKeys: integerParameter(call, 'max-keys', [1, MAX_KEYS], DEFAULT_KEYS),
    Delimiter: write(call.query.get('delimiter') ?? ''),
    IsTruncated: page.next !== null,
  }
}

function contents(page: Page<ObjectFacts>, write: WriteKey, withOwner: boolean): XmlElements {
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
  const [marker] = textParameters(call, 'marker')
  const page = await findPage(call, marker)
  return keyAnswer(call, 'ListBucketResult', (write) => ({
    ...head(call, page, write),
    Marker: write(marker),
    NextMarker: page.next === null ? undefined : write(page.next),
    ...contents(page, write, true),
  }))
}

export async function listObjectsV2(call: OssCall): Promise<Answer> {
  const token = call.query.get('continuation-token') ?? ''
  const [startAfter] = textParameters(call, 'start-after')
  const page = await findPage(call, token === '' ? startAfter : readToken(token))
  return keyAnswer(call, 'ListBucketResult', (write) => ({
    ...head(call, page, write),
    StartAfter: startAfter === '' ? undefined : write(startAfter),
    ContinuationToken: token === '' ? undefined : token,
    NextContinuationToken: page.next === null ? undefined : writeToken(page.next),
    KeyCount: page.entries.length + page.commonPrefixes.length,
    ...contents(page, write, call.query.get('fetch-owner') === 'true'),
  }))
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
