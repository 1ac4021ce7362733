import type { KeptHeaders } from '../facts.js'
import { keyAnswer } from '../object/key.js'
import type { Answer } from '../request/answer.js'
import { integerParameter, uploadOf, type OssCall } from '../request/oss-call.js'
import type { XmlElements } from '../xml/write-xml.js'

export async function listParts(call: OssCall): Promise<Answer> {
  const { facts, parts } = await uploadOf(call)
  const maxParts = integerParameter(call, 'max-parts', [1, 1000], 1000)
  const marker = integerParameter(call, 'part-number-marker', [0, 2 ** 31 - 1], 0)
  const following = parts.filter(({ partNumber }) => partNumber > marker)
  const page = following.slice(0, maxParts)
  return keyAnswer(call, 'ListPartsResult', (write) => ({
    Bucket: call.bucketName,
    Key: write(call.key),
    UploadId: facts.uploadId,
    ...clientEncryption(facts.traits.headers),
    StorageClass: facts.traits.storageClass,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    MaxParts: maxParts,
    IsTruncated: page.length < following.length,
    Part: page.map((part) => ({
      PartNumber: part.partNumber,
      LastModified: new Date(part.lastModifiedMs).toISOString(),
      ETag: `"${part.etag}"`,
      HashCrc64ecma: part.crc64,
      Size: part.size,
    })),
  }))
}

/** What vendor clients that encrypt have to know to go on with an upload. */
function clientEncryption(headers: KeptHeaders): XmlElements {
  const valueOf = (name: string): string | undefined => headers[`x-oss-meta-client-side-encryption-${name}`]
  return {
    ClientEncryptionKey: valueOf('key'),
    ClientEncryptionStart: valueOf('start'),
    ClientEncryptionCekAlg: valueOf('cek-alg'),
    ClientEncryptionWrapAlg: valueOf('wrap-alg'),
    ClientEncryptionPartSize: valueOf('part-size'),
    ClientEncryptionDataSize: valueOf('data-size'),
  }
}
