import { keyWriter } from '../object/key.js'
import { listKeys } from '../object/list-keys.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, OWNER, type OssCall } from '../request/oss-call.js'
import type { ObjectRecord } from '../store/object-record.js'
import { compareUtf8 } from '../store/utf8-order.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

export async function listObjectVersions(call: OssCall): Promise<Answer> {
  const { index } = bucketOf(call)
  const maxKeys = integerParameter(call, 'max-keys', [1, 1000], 100)
  const { encodingType, write } = keyWriter(call.query)
  const [prefix = '', delimiter = '', keyMarker = '', versionIdMarker = ''] = [
    'prefix',
    'delimiter',
    'key-marker',
    'version-id-marker',
  ].map((name) => call.query.get(name))

  const started = versionIdMarker === '' ? [] : versionsAfter(index.versionsOf(keyMarker), versionIdMarker)
  const page = listKeys(index.keys, { prefix, delimiter, after: keyMarker, limit: maxKeys }, () => true)
  const versions = [...started, ...page.keys.flatMap((key) => index.versionsOf(key))]
  const listed = versions.slice(0, Math.max(maxKeys - page.commonPrefixes.length, 1))
  const last = listed.at(-1)
  const isCut = listed.length < versions.length
  const commonPrefixes = page.commonPrefixes.filter((common) => !isCut || compareUtf8(common, last?.key ?? '') < 0)
  const next = isCut
    ? { key: last?.key ?? '', versionId: last?.versionId }
    : page.next === null
      ? null
      : { key: page.next }

  return xmlAnswer(
    writeXml('ListVersionsResult', {
      Name: call.bucketName,
      Prefix: write(prefix),
      KeyMarker: write(keyMarker),
      VersionIdMarker: versionIdMarker,
      MaxKeys: maxKeys,
      Delimiter: write(delimiter),
      EncodingType: encodingType,
      IsTruncated: next !== null,
      NextKeyMarker: next === null ? undefined : write(next.key),
      NextVersionIdMarker: next !== null && 'versionId' in next ? next.versionId : undefined,
      DeleteMarker: listed.filter(({ deleteMarker }) => deleteMarker).map((version) => describe(version)),
      Version: listed
        .filter(({ deleteMarker }) => !deleteMarker)
        .map((version) => ({ ...describe(version), ...describeData(version) })),
      CommonPrefixes: commonPrefixes.map((common) => ({ Prefix: write(common) })),
    }),
  )

  function describe(version: ObjectRecord): XmlElements {
    return {
      Key: write(version.key),
      VersionId: version.versionId,
      IsLatest: index.versionsOf(version.key)[0] === version,
      LastModified: new Date(version.lastModifiedMs).toISOString(),
      Owner: OWNER,
    }
  }
}

function describeData({ etag, type, size, storageClass }: ObjectRecord): XmlElements {
  return { ETag: `"${etag}"`, Type: type, Size: size, StorageClass: storageClass }
}

function versionsAfter(versions: readonly ObjectRecord[], versionId: string): readonly ObjectRecord[] {
  return versions.slice(versions.findIndex((version) => version.versionId === versionId) + 1)
}
