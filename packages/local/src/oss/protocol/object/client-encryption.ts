import type { RequestBody } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import type { KeptHeaders } from '../facts.js'

// OSS knows the headers that the OSS SDKs' own client-side encryption writes, and checks them. Which requests have to have them is documented; that a part
// may come without, is what SDKs rely on that send none there.

type Headers = ReadonlyMap<string, string> | Readonly<Record<string, string>>

const PREFIX = 'x-oss-meta-client-side-encryption-'

/** What stands beside every encrypted object, and the code of the error when it is missing. */
const REQUIRED = [
  ['key', '0005-00000401'],
  ['start', '0005-00000402'],
  ['cek-alg', '0005-00000403'],
  ['wrap-alg', '0005-00000404'],
] as const

/** What an upload in parts says of the whole. */
const SIZES = [
  ['data-size', '0005-00000406'],
  ['part-size', '0005-00000407'],
] as const

/** What a part may not say otherwise than its upload. */
const REPEATED = [
  ['key', '0005-00000412'],
  ['start', '0005-00000413'],
  ['cek-alg', '0005-00000414'],
  ['wrap-alg', '0005-00000415'],
  ['magic-number-hmac', '0005-00000416'],
  ['part-size', '0005-00000417'],
  ['data-size', '0005-00000418'],
] as const

/** Whether an object was encrypted by one of the OSS SDKs. */
function isClientEncrypted(headers: Headers): boolean {
  return REQUIRED.some(([name]) => valueOf(headers, name) !== undefined)
}

/**
 * Checks what an object, or an upload in parts, is begun with.
 *
 * @throws `OssError` InvalidArgument for headers that are not all there.
 */
export function checkClientEncryption(headers: Headers, inParts = false): void {
  if (!isClientEncrypted(headers)) return
  for (const [name, ec] of [...REQUIRED, ...(inParts ? SIZES : [])]) {
    if (valueOf(headers, name) === undefined) throw invalid(`The header ${PREFIX}${name} is missing.`, ec, name)
  }
  if (valueOf(headers, 'wrap-alg') === 'rsa' && valueOf(headers, 'magic-number-hmac') === undefined) {
    throw invalid(`The header ${PREFIX}magic-number-hmac is missing.`, '0005-00000405', 'magic-number-hmac')
  }
  for (const [name] of inParts ? SIZES : []) {
    if (sizeOf(headers, name) === undefined) throw invalid(`${PREFIX}${name} is not an integer.`, '0005-00000408', name)
  }
}

/**
 * Checks a part of an upload: what it says, and how long it is.
 *
 * @param upload The headers that the upload was begun with.
 * @returns the part's body, which is measured while it is read where the request does not say how long it is.
 * @throws `OssError` InvalidArgument.
 */
export function checkEncryptedPart(
  upload: KeptHeaders,
  headers: ReadonlyMap<string, string>,
  partNumber: number,
  body: RequestBody,
): RequestBody {
  for (const [name, ec] of REPEATED) {
    const value = valueOf(headers, name)
    if (value !== undefined && value !== valueOf(upload, name)) {
      throw invalid(`The header ${PREFIX}${name} is not that of the upload.`, ec, name)
    }
  }
  const dataSize = sizeOf(upload, 'data-size')
  const partSize = sizeOf(upload, 'part-size')
  if (!isClientEncrypted(upload) || dataSize === undefined || !partSize) return body
  const count = Math.max(1, Math.ceil(dataSize / partSize))
  if (partNumber > count)
    throw invalid('There are more parts than the sizes of the upload allow.', '0005-00000411', 'part-size')
  const isLast = partNumber === count
  const expected = isLast ? dataSize - (count - 1) * partSize : partSize
  const check = (length: number): void => {
    if (length === expected) return
    const ec = isLast ? '0005-00000420' : '0005-00000419'
    throw invalid('The part has another size than the upload says.', ec, 'part-size')
  }
  const length = headers.get('content-length')
  if (length === undefined) return { ...body, chunks: measured(body.chunks, check) }
  check(Number(length))
  return body
}

async function* measured(chunks: AsyncIterable<Buffer>, check: (length: number) => void): AsyncGenerator<Buffer> {
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    yield chunk
  }
  check(length)
}

/** @throws `OssError` InvalidArgument: the metadata of such an object cannot be changed. */
export function refuseChangedMetadata(source: KeptHeaders): void {
  if (isClientEncrypted(source)) {
    throw invalid('The metadata of an object with client-side encryption cannot be changed.', '0005-00000421', 'key')
  }
}

/** @throws `OssError` InvalidArgument: no part can be copied from such an object. */
export function refuseEncryptedSource(source: KeptHeaders): void {
  if (isClientEncrypted(source)) {
    throw invalid('A part cannot be copied from an object with client-side encryption.', '0042-00000309', 'key')
  }
}

function valueOf(headers: Headers, name: string): string | undefined {
  const key = `${PREFIX}${name}`
  return headers instanceof Map ? (headers as Map<string, string>).get(key) : (headers as KeptHeaders)[key]
}

function sizeOf(headers: Headers, name: string): number | undefined {
  const value = valueOf(headers, name) ?? ''
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

function invalid(message: string, ec: string, name: string): OssError {
  return new OssError('InvalidArgument', { message, ec, elements: { ArgumentName: `${PREFIX}${name}` } })
}
