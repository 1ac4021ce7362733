import { hasOwnText, isTextRecord } from './read-question.js'
import type { SignQuestion } from './broker-messages.js'

/** What a page wants to do with an object. */
export type BrokerAction = 'read' | 'write' | 'delete'

interface SignableOperation {
  readonly action: BrokerAction
  readonly method: string
  /** Parameters that have to be there, and those that may. */
  readonly required: readonly string[]
  readonly optional?: readonly string[]
}

/** What is signed at all, and what each may ask of OSS: a page cannot say one operation and have another signed. */
const operations: Readonly<Record<string, SignableOperation>> = {
  GetObject: { action: 'read', method: 'GET', required: [], optional: ['versionId'] },
  HeadObject: { action: 'read', method: 'HEAD', required: [], optional: ['versionId'] },
  GetObjectACL: { action: 'read', method: 'GET', required: ['acl'], optional: ['versionId'] },
  PutObject: { action: 'write', method: 'PUT', required: [] },
  CopyObject: { action: 'write', method: 'PUT', required: [] },
  InitiateMultipartUpload: { action: 'write', method: 'POST', required: ['uploads'], optional: ['encoding-type'] },
  UploadPart: { action: 'write', method: 'PUT', required: ['uploadId', 'partNumber'] },
  CompleteMultipartUpload: { action: 'write', method: 'POST', required: ['uploadId'], optional: ['encoding-type'] },
  AbortMultipartUpload: { action: 'write', method: 'DELETE', required: ['uploadId'] },
  DeleteObject: { action: 'delete', method: 'DELETE', required: [], optional: ['versionId'] },
}

/** Headers that a page may have OSS see. No ACL, no callback, no source of a copy, no token: those are the broker's. */
const HEADERS =
  /^(accept|accept-encoding|cache-control|content-disposition|content-encoding|content-language|content-length|content-md5|content-type|expires|range|if-match|if-none-match|if-modified-since|if-unmodified-since|x-oss-meta-[!-~]+|x-oss-range-behavior|x-oss-forbid-overwrite|x-oss-storage-class|x-oss-metadata-directive|x-oss-copy-source-if-(match|none-match|modified-since|unmodified-since))$/

/** What the request does; null when it is none that is signed. */
export function actionOf({ operation, method, query, headers, copySource }: SignQuestion): BrokerAction | null {
  const known = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (known?.method !== method) return null
  if (!isTextRecord(query) || !isTextRecord(headers)) return null
  const allowed = [...known.required, ...(known.optional ?? [])]
  if (!Object.keys(query).every((parameter) => allowed.includes(parameter))) return null
  if (!known.required.every((parameter) => hasOwnText(query, parameter))) return null
  const lines = Object.entries(headers)
  if (!lines.every(([header, value]) => HEADERS.test(header) && !/[\r\n\0]/.test(value))) return null
  return (operation === 'CopyObject') === (copySource !== undefined) ? known.action : null
}
