import { createHash } from 'node:crypto'
import { OssError } from '../error/oss-error.js'
import { checkKey, keyWriter } from '../object/key.js'
import { readContentMd5 } from '../object/request-body.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import { childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

const MAX_OBJECTS = 1000

/** In quiet mode only failures would be told, and there are none. */
export async function deleteMultipleObjects(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  const { encodingType, write } = keyWriter(call.query)
  const { keys, isQuiet } = await readKeys(call)
  const deleted: XmlElements[] = []
  for (const { key, versionId } of keys) {
    const deletion = await call.backend.deleteObject(name, key, versionId, wholeSecond(call.nowMs))
    deleted.push({
      Key: write(key),
      VersionId: versionId,
      DeleteMarker: deletion.isMarker ? true : undefined,
      DeleteMarkerVersionId: deletion.isMarker ? deletion.versionId : undefined,
    })
  }
  if (isQuiet) return { status: 200 }
  return xmlAnswer(writeXml('DeleteResult', { EncodingType: encodingType, Deleted: deleted }))
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
    return { key, versionId: versionId === '' ? undefined : versionId }
  })
  return { keys, isQuiet: quiet === 'true' }
}
