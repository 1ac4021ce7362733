import { createHash } from 'node:crypto'
import { OssError } from '../error/oss-error.js'
import { checkKey, keyAnswer, readEncodingType } from '../object/key.js'
import { readContentMd5 } from '../object/request-body.js'
import { checkVersionId } from '../object/version-id.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import { childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'

const MAX_OBJECTS = 1000

interface Deleted {
  readonly key: string
  readonly versionId: string | undefined
  readonly markerVersionId: string | undefined
}

/** In quiet mode only failures would be told, and there are none. */
export async function deleteMultipleObjects(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  readEncodingType(call.query)
  const { keys, isQuiet } = await readKeys(call)
  const deleted: Deleted[] = []
  for (const { key, versionId } of keys) {
    const deletion = await call.backend.deleteObject(name, key, versionId, wholeSecond(call.nowMs))
    deleted.push({ key, versionId, markerVersionId: deletion.isMarker ? deletion.versionId : undefined })
  }
  if (isQuiet) return { status: 200 }
  return keyAnswer(call, 'DeleteResult', (write) => ({
    Deleted: deleted.map(({ key, versionId, markerVersionId }) => ({
      Key: write(key),
      VersionId: versionId,
      DeleteMarker: markerVersionId === undefined ? undefined : true,
      DeleteMarkerVersionId: markerVersionId,
    })),
  }))
}

async function readKeys({ request, headers }: OssCall): Promise<{
  keys: { key: string; versionId: string | undefined }[]
  isQuiet: boolean
}> {
  const md5 = readContentMd5(headers.get('content-md5'))
  if (md5 === null) throw new OssError('MissingArgument', { elements: { ArgumentName: 'Content-MD5' } })
  const { tree, bytes } = await readXmlBody(request, 'Delete')
  if (!createHash('md5').update(bytes).digest().equals(md5)) throw new OssError('InvalidDigest')
  const quiet = textOf(tree, 'Quiet')?.trim() ?? 'false'
  const objects = childrenOf(tree, 'Object')
  if (!['true', 'false'].includes(quiet) || objects.length === 0 || objects.length > MAX_OBJECTS) {
    throw new OssError('MalformedXML')
  }
  const keys = objects.map((object) => {
    const key = textOf(object, 'Key')
    if (key === undefined) throw new OssError('MalformedXML')
    checkKey(key)
    const versionId = textOf(object, 'VersionId')
    if (versionId === undefined || versionId === '') return { key, versionId: undefined }
    checkVersionId(versionId)
    return { key, versionId }
  })
  return { keys, isQuiet: quiet === 'true' }
}
