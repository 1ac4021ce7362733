import { decodeBase64 } from '../bytes/base64.js'
import { decodeUint32, encodeUint32 } from '../bytes/big-endian.js'
import type { ByteSource } from '../bytes/byte-source.js'
import { concatBytes } from '../bytes/concat.js'
import { compareBytes } from '../bytes/order.js'
import { decodeUtf8 } from '../bytes/utf8.js'
import { algorithmById, type AlgorithmSuite } from '../crypto/algorithm.js'
import { FormatError } from '../errors.js'
import { contextFromEntries, encodeContext, type EncryptionContext } from './encryption-context.js'
import {
  assertOneKeyPerCmk,
  encodeEncryptedDataKeys,
  encryptedDataKeyLimit,
  MESSAGE_VERSION,
  type EncryptedDataKey,
  type HeaderLimits,
  type MessageHeader,
} from './header.js'
import { limits } from './limits.js'

// Stream messages (form 2): no ASN.1, no framing; all lengths big-endian but the iv's.

const HEADER_IV_LENGTH = 12
const HEADER_TAG_LENGTH = 16

/** Of the base64 text of a wrapped data key. */
const MAX_BLOB_TEXT_LENGTH = (limits.blobLength / 3) * 4

/** Everything before the body of a stream message. */
export function encodeStreamHeader(header: MessageHeader): Uint8Array {
  const context = encodeContext(header.encryptionContext)
  return concatBytes(
    encodeUint32(MESSAGE_VERSION),
    encodeUint32(header.algorithm.id),
    encodeUint32(context.length),
    context,
    encodeEncryptedDataKeys(header.encryptedDataKeys),
    encodeUint32(header.headerIv.length),
    header.headerIv,
    encodeUint32(header.headerAuthTag.length),
    header.headerAuthTag,
  )
}

/** What stands between header and ciphertext: the iv, under the format's only little-endian length. */
export function encodeStreamIv(iv: Uint8Array): Uint8Array {
  return concatBytes(encodeUint32(iv.length).reverse(), iv)
}

/**
 * Reads the header of a stream message. Every length is checked before as many bytes are waited for. Nothing of it is verified yet.
 *
 * @throws {@link FormatError} for anything but the one encoding of a header within the limits.
 */
export async function readStreamHeader(source: ByteSource, options: HeaderLimits = {}): Promise<MessageHeader> {
  const version = await readUint32(source)
  if (version !== MESSAGE_VERSION)
    throw new FormatError(`unknown message version ${String(version)}`, 'UnsupportedVersion')
  const algorithm = algorithmById(await readUint32(source))
  if (algorithm.mode === 'FLOE') throw new FormatError('FLOE is not used in messages', 'UnsupportedAlgorithm')
  const encryptionContext = decodeContext(await readBytes(source, limits.readContextLength))
  const encryptedDataKeys = await readEncryptedDataKeys(source, options)
  const headerIv = await readExactly(source, HEADER_IV_LENGTH)
  const headerAuthTag = await readExactly(source, HEADER_TAG_LENGTH)
  return { algorithm, encryptionContext, encryptedDataKeys, headerIv, headerAuthTag }
}

/** Reads the iv that precedes the ciphertext. */
export async function readStreamIv(source: ByteSource, algorithm: AlgorithmSuite): Promise<Uint8Array> {
  const length = decodeUint32((await source.take(4)).reverse())
  if (length !== algorithm.ivLength) throw new FormatError('body iv of a wrong length')
  return source.take(length)
}

async function readEncryptedDataKeys(source: ByteSource, options: HeaderLimits): Promise<EncryptedDataKey[]> {
  const count = await readUint32(source)
  const limit = encryptedDataKeyLimit(options)
  if (count > limit) throw new FormatError(`more than ${String(limit)} data keys`, 'LimitExceeded')
  if (count === 0) throw new FormatError('message without a data key')
  const keys: EncryptedDataKey[] = []
  let previous: Uint8Array = new Uint8Array(0)
  for (let index = 0; index < count; index += 1) {
    const arn = await readBytes(source, limits.arnLength)
    if (compareBytes(previous, arn) > 0) throw new FormatError('data keys not in the order of their ARNs')
    const blob = decodeUtf8(await readBytes(source, MAX_BLOB_TEXT_LENGTH))
    keys.push({ keyArn: decodeUtf8(arn), ciphertextBlob: decodeBase64(blob) })
    previous = arn
  }
  assertOneKeyPerCmk(keys)
  return keys
}

/** The context of its encoded bytes; the reverse of `encodeContext`, and as strict as that is injective. */
function decodeContext(bytes: Uint8Array): EncryptionContext {
  if (bytes.length === 0) return contextFromEntries([])
  let offset = 0
  const take = (length: number) => {
    if (length > bytes.length - offset) throw new FormatError('encryption context cut short')
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  const takeText = () => decodeUtf8(take(decodeUint32(take(4))))
  const count = decodeUint32(take(4))
  const entries: [string, string][] = []
  while (offset < bytes.length) entries.push([takeText(), takeText()])
  const context = contextFromEntries(entries)
  const canonical = count === entries.length && compareBytes(encodeContext(context), bytes) === 0
  if (!canonical) throw new FormatError('encryption context not in its one encoding')
  return context
}

async function readUint32(source: ByteSource): Promise<number> {
  return decodeUint32(await source.take(4))
}

async function readBytes(source: ByteSource, maxLength: number): Promise<Uint8Array> {
  const length = await readUint32(source)
  if (length > maxLength) throw new FormatError('a length in the header is over its limit', 'LimitExceeded')
  return source.take(length)
}

async function readExactly(source: ByteSource, length: number): Promise<Uint8Array> {
  if ((await readUint32(source)) !== length) throw new FormatError('header iv or tag of a wrong length')
  return source.take(length)
}
