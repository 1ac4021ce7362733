import type { SignQuestion } from './broker-messages.js'
import { BrokerRefusal } from './broker-refusal.js'
import { isText, requireObjectName, requirePrefix } from './object-name.js'

/**
 * What a page wants to do. `write` and `delete` are of an object as it is now, `deleteVersion` is for ever; `list` is of the names that start with a
 * prefix; `rewrap` has the data key wrapped under the broker's CMKs, and hands it to the page as `read` does; `readUnbound` is of a data key that
 * is bound to no object, and so of all objects of the context: there is no name.
 */
export type BrokerAction = 'read' | 'write' | 'delete' | 'deleteVersion' | 'list' | 'rewrap' | 'readUnbound'

type Pattern = (value: string) => boolean

const flag: Pattern = (value) => value === ''
const id: Pattern = (value) => /^[\x21-\x7e]{1,1024}$/.test(value)
const text: Pattern = (value) => value !== '' && isText(value)
const token: Pattern = (value) => /^[\x20-\x7e]{1,4096}$/.test(value)
const wholeNumber =
  (most: number): Pattern =>
  (value) =>
    /^[1-9]\d{0,4}$/.test(value) && Number(value) <= most
const exactly =
  (wanted: string): Pattern =>
  (value) =>
    value === wanted

interface SignableOperation {
  readonly action: BrokerAction
  readonly method: string
  /** About the bucket; else about an object. */
  readonly ofBucket?: boolean
  /** Parameters that have to be there, and those that may. */
  readonly required?: Readonly<Record<string, Pattern>>
  readonly optional?: Readonly<Record<string, Pattern>>
  readonly headers?: RegExp
  /** Whether it has a body, whose length is signed. */
  readonly hasBody?: boolean
}

const READ_HEADERS =
  /^(range|x-oss-range-behavior|x-oss-traffic-limit|if-(match|none-match|modified-since|unmodified-since))$/
const WRITE_HEADERS =
  /^(cache-control|content-disposition|content-encoding|content-language|content-md5|content-type|expires|x-oss-meta-[a-z0-9_.-]+|x-oss-forbid-overwrite|x-oss-object-acl|x-oss-storage-class|x-oss-traffic-limit|x-oss-server-side-(encryption|encryption-key-id|data-encryption))$/
const COPY_HEADERS =
  /^(x-oss-metadata-directive|x-oss-tagging-directive|x-oss-copy-source-if-(match|none-match|modified-since|unmodified-since))$/

const version = { versionId: id }
const upload = { uploadId: id }
const listing = { prefix: text, delimiter: text, 'encoding-type': exactly('url') }

/** What is signed, and what each may ask of OSS: a page cannot say one operation and have another signed. */
const operations = {
  GetObject: { action: 'read', method: 'GET', optional: version, headers: READ_HEADERS },
  HeadObject: { action: 'read', method: 'HEAD', optional: version, headers: READ_HEADERS },
  GetObjectACL: { action: 'read', method: 'GET', required: { acl: flag }, optional: version },
  PutObject: { action: 'write', method: 'PUT', headers: WRITE_HEADERS, hasBody: true },
  CopyObject: {
    action: 'write',
    method: 'PUT',
    headers: new RegExp(`${WRITE_HEADERS.source}|${COPY_HEADERS.source}`),
  },
  InitiateMultipartUpload: { action: 'write', method: 'POST', required: { uploads: flag }, headers: WRITE_HEADERS },
  UploadPart: {
    action: 'write',
    method: 'PUT',
    required: { ...upload, partNumber: wholeNumber(10_000) },
    headers: /^(content-md5|x-oss-traffic-limit)$/,
    hasBody: true,
  },
  ListParts: {
    action: 'write',
    method: 'GET',
    required: upload,
    optional: {
      'max-parts': wholeNumber(1000),
      'part-number-marker': wholeNumber(10_000),
      'encoding-type': exactly('url'),
    },
  },
  CompleteMultipartUpload: {
    action: 'write',
    method: 'POST',
    required: upload,
    headers: /^(content-type|content-md5|x-oss-forbid-overwrite|x-oss-object-acl)$/,
    hasBody: true,
  },
  AbortMultipartUpload: { action: 'write', method: 'DELETE', required: upload },
  DeleteObject: { action: 'delete', method: 'DELETE', optional: version },
  ListObjects: {
    action: 'list',
    method: 'GET',
    ofBucket: true,
    required: { 'list-type': exactly('2') },
    optional: { ...listing, 'max-keys': wholeNumber(1000), 'start-after': text, 'continuation-token': token },
  },
  ListObjectVersions: {
    action: 'list',
    method: 'GET',
    ofBucket: true,
    required: { versions: flag },
    optional: { ...listing, 'max-keys': wholeNumber(1000), 'key-marker': text, 'version-id-marker': id },
  },
  ListMultipartUploads: {
    action: 'list',
    method: 'GET',
    ofBucket: true,
    required: { uploads: flag },
    optional: { ...listing, 'max-uploads': wholeNumber(1000), 'key-marker': text, 'upload-id-marker': id },
  },
} satisfies Record<string, SignableOperation>

/** What a broker does: asks KMS for a data key, or signs a request of OSS. */
export type BrokerOperation = 'GenerateDataKey' | 'DecryptDataKey' | 'RewrapDataKey' | keyof typeof operations

/** A request that may be signed, once the application has agreed. */
export interface SignableRequest {
  readonly operation: BrokerOperation
  readonly action: BrokerAction
  /** The object, or what the names that are listed start with. */
  readonly name: string
  readonly copySource: { readonly name: string; readonly versionId?: string | undefined } | undefined
}

/** What a question asks to be signed. @throws BrokerRefusal for what is not signed at all. */
export function signableRequest(question: SignQuestion): SignableRequest {
  const { method, query, headers, contentLength, copySource } = question
  const name = question.operation
  if (!isOperation(name)) throw new BrokerRefusal('operation')
  const operation: SignableOperation = operations[name]
  const { required = {}, optional = {}, hasBody = false } = operation
  const allowed = { ...optional, ...required }
  const fits =
    method === operation.method &&
    hasBody === (contentLength !== undefined) &&
    (name === 'CopyObject') === (copySource !== undefined) &&
    Object.keys(required).every((parameter) => Object.hasOwn(query, parameter)) &&
    Object.entries(query).every(([parameter, value]) => fitsPattern(allowed, parameter, value)) &&
    Object.entries(headers).every(([header, value]) => fitsHeader(operation.headers, header, value)) &&
    (copySource?.versionId === undefined || id(copySource.versionId))
  if (!fits) throw new BrokerRefusal('operation')
  if (copySource) requireObjectName(copySource.name)
  if (operation.ofBucket) {
    if (question.name !== undefined) throw new BrokerRefusal('name')
    return { operation: name, action: 'list', name: requirePrefix(query['prefix'] ?? ''), copySource: undefined }
  }
  const action = name === 'DeleteObject' && 'versionId' in query ? 'deleteVersion' : operation.action
  return { operation: name, action, name: requireObjectName(question.name ?? ''), copySource }
}

function isOperation(name: string): name is keyof typeof operations {
  return Object.hasOwn(operations, name)
}

function fitsPattern(allowed: Readonly<Record<string, Pattern>>, parameter: string, value: string): boolean {
  return Object.hasOwn(allowed, parameter) && allowed[parameter]?.(value) === true
}

/** Each character of a value stands for one byte. Tags are not signed: rules of the bucket may delete by them. */
function fitsHeader(allowed: RegExp | undefined, header: string, value: string): boolean {
  if (!allowed?.test(header) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return false
  return header !== 'x-oss-tagging-directive' || value === 'Copy'
}
