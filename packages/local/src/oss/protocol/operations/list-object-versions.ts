import type { VersionPage } from '../backend.js'
import { keyAnswer, type WriteKey } from '../object/key.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, integerParameter, OWNER, textParameters, type OssCall } from '../request/oss-call.js'
import type { XmlElements } from '../xml/write-xml.js'

type Version = VersionPage['entries'][number]

export async function listObjectVersions(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  const maxKeys = integerParameter(call, 'max-keys', [1, 1000], 100)
  const [prefix, delimiter, after, afterVersionId] = textParameters(
    call,
    'prefix',
    'delimiter',
    'key-marker',
    'version-id-marker',
  )
  const page = await call.backend.listVersions(name, { prefix, delimiter, after, afterVersionId, limit: maxKeys })
  return keyAnswer(call, 'ListVersionsResult', (write) => ({
    Name: name,
    Prefix: write(prefix),
    KeyMarker: write(after),
    VersionIdMarker: afterVersionId,
    MaxKeys: maxKeys,
    Delimiter: write(delimiter),
    IsTruncated: page.next !== null,
    NextKeyMarker: page.next === null ? undefined : write(page.next),
    NextVersionIdMarker: page.nextVersionId,
    DeleteMarker: page.entries.filter(({ deleteMarker }) => deleteMarker).map((version) => describe(version, write)),
    Version: page.entries
      .filter(({ deleteMarker }) => !deleteMarker)
      .map((version) => ({ ...describe(version, write), ...describeData(version) })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: write(common) })),
  }))
}

function describe(version: Version, write: WriteKey): XmlElements {
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
