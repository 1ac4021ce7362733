import type { VersionPage } from '../backend.js'
import { keyWriter } from '../object/key.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

type Version = VersionPage['entries'][number]

export async function listObjectVersions(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  const maxKeys = integerParameter(call, 'max-keys', [1, 1000], 100)
  const { encodingType, write } = keyWriter(call.query)
  const [prefix = '', delimiter = '', after = '', afterVersionId = ''] = [
    'prefix',
    'delimiter',
    'key-marker',
    'version-id-marker',
  ].map((parameter) => call.query.get(parameter))
  const page = await call.backend.listVersions(name, { prefix, delimiter, after, afterVersionId, limit: maxKeys })
  return xmlAnswer(
    writeXml('ListVersionsResult', {
      Name: name,
      Prefix: write(prefix),
      KeyMarker: write(after),
      VersionIdMarker: afterVersionId,
      MaxKeys: maxKeys,
      Delimiter: write(delimiter),
      EncodingType: encodingType,
      IsTruncated: page.next !== null,
      NextKeyMarker: page.next === null ? undefined : write(page.next),
      NextVersionIdMarker: page.nextVersionId,
      DeleteMarker: page.entries.filter(({ deleteMarker }) => deleteMarker).map((version) => describe(version, write)),
      Version: page.entries
        .filter(({ deleteMarker }) => !deleteMarker)
        .map((version) => ({ ...describe(version, write), ...describeData(version) })),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: write(common) })),
    }),
  )
}

function describe(version: Version, write: (key: string) => string): XmlElements {
  return {
    Key: write(version.key),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    LastModified: new Date(version.lastModifiedMs).toISOString(),
    Owner: OWNER,
  }
}

function describeData({ etag, type, size, storageClass }: Version): XmlElements {
  return { ETag: `"${etag}"`, Type: type, Size: size, StorageClass: storageClass }
}
