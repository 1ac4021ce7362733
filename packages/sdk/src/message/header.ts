import { encodeBase64 } from '../bytes/base64.js'
import { encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { DerReader, encodeInteger, encodeOctetString, encodeSequence, encodeSetOf } from '../bytes/der.js'
import { compareBytes } from '../bytes/order.js'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.js'
import { algorithmById, headerAlgorithm, type AlgorithmSuite } from '../crypto/algorithm.js'
import type { CryptoEngine } from '../crypto/engine.js'
import { FormatError, IntegrityError } from '../errors.js'
import { contextEntries, contextFromEntries, encodeContext, type EncryptionContext } from './encryption-context.js'
import { limits } from './limits.js'

/** The only version of the format. */
export const MESSAGE_VERSION = 1

/** The most entries that a context can hold: two lengths of 4 bytes each. */
const MAX_CONTEXT_ENTRIES = Math.floor(limits.readContextLength / 8)

/** In DER an entry takes up to 12 bytes beside its key and value. */
const MAX_CONTEXT_DER_LENGTH = 2 * limits.readContextLength

/** The most bytes that a wrapped data key takes in DER. */
const MAX_KEY_DER_LENGTH = limits.arnLength + limits.blobLength + 16

/** The most bytes that the content of a header takes in DER. */
export function maxHeaderLength(options: HeaderLimits): number {
  return encryptedDataKeyLimit(options) * MAX_KEY_DER_LENGTH + MAX_CONTEXT_DER_LENGTH + 256
}

/** A data key as one CMK wrapped it. */
export interface EncryptedDataKey {
  /** ARN of the CMK. Until the header is verified, only what somebody wrote there. */
  readonly keyArn: string
  /** What KMS answered, base64-decoded. */
  readonly ciphertextBlob: Uint8Array
}

/** What a message says about itself, before its tag. */
export interface HeaderFields {
  readonly algorithm: AlgorithmSuite
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/** A message header. Its fields are to be believed only once {@link verifyHeader} has returned. */
export interface MessageHeader extends HeaderFields {
  /** 12 random bytes, or none where the algorithm commits to the header by itself (FLOE). */
  readonly headerIv: Uint8Array
  /** 16 bytes, or none with FLOE. */
  readonly headerAuthTag: Uint8Array
}

/** What a reader is ready to take, of what is for readers to choose. */
export interface HeaderLimits {
  /** Default 32. */
  readonly maxEncryptedDataKeys?: number | undefined
}

/**
 * How many wrapped data keys a reader takes.
 *
 * @throws RangeError when the caller's limit is not one: it would be none.
 */
export function encryptedDataKeyLimit({ maxEncryptedDataKeys: limit }: HeaderLimits): number {
  if (limit === undefined) return limits.encryptedDataKeys
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError('maxEncryptedDataKeys: not a positive integer')
  return limit
}

/**
 * The bytes that a header's tag authenticates: `BE32 version | BE32 algorithm | BE32 context count | context | BE32 key count |
 * { BE32 length | ARN | BE32 length | blob as base64 text }*`, keys in the order of their ARNs' bytes.
 */
export function encodeAuthenticatedFields(fields: HeaderFields): Uint8Array {
  return concatBytes(encodeCommittedFields(fields), encodeEncryptedDataKeys(fields.encryptedDataKeys))
}

/**
 * The bytes that the tag of a header that was read may be over: one sequence, but where an ARN is there twice. The vendor's Java SDK wraps twice under a CMK that it
 * was given twice; its tag counts both, and is over one of them.
 */
function possibleAuthenticatedFields(header: HeaderFields): Uint8Array[] {
  const { encryptedDataKeys: keys } = header
  const lastOfEach = new Map(keys.map((key) => [key.keyArn, key]))
  if (lastOfEach.size === keys.length) return [encodeAuthenticatedFields(header)]
  const firstOfEach = new Map([...keys].reverse().map((key) => [key.keyArn, key]))
  return [firstOfEach, lastOfEach].map((each) =>
    concatBytes(encodeCommittedFields(header), encodeEncryptedDataKeys([...each.values()], keys.length)),
  )
}

/**
 * The part of them that a FLOE body commits to, as its additional data: all but the wrapped keys, which can be replaced. Any that lead to
 * another data key fail FLOE's header tag.
 */
export function encodeCommittedFields(fields: Omit<HeaderFields, 'encryptedDataKeys'>): Uint8Array {
  return concatBytes(
    encodeUint32(MESSAGE_VERSION),
    encodeUint32(fields.algorithm.id),
    encodeUint32(Object.keys(fields.encryptionContext).length),
    encodeContext(fields.encryptionContext),
  )
}

/** Wrapped data keys as they are authenticated, and as they stand in stream messages; see {@link encodeAuthenticatedFields}. */
export function encodeEncryptedDataKeys(
  encryptedDataKeys: readonly EncryptedDataKey[],
  count = encryptedDataKeys.length,
): Uint8Array {
  const keys = encryptedDataKeys
    .map(({ keyArn, ciphertextBlob }) => ({ arn: encodeUtf8(keyArn), blob: encodeUtf8(encodeBase64(ciphertextBlob)) }))
    .sort((left, right) => compareBytes(left.arn, right.arn))
  return concatBytes(
    encodeUint32(count),
    ...keys.flatMap(({ arn, blob }) => [encodeUint32(arn.length), arn, encodeUint32(blob.length), blob]),
  )
}

/** Makes the header of a new message: a fresh iv, and the tag over all fields under the data key. With FLOE, the body's header is its tag. */
export async function createHeader(
  engine: CryptoEngine,
  fields: HeaderFields,
  dataKey: Uint8Array,
): Promise<MessageHeader> {
  const none = new Uint8Array(0)
  const { algorithm, encryptionContext, encryptedDataKeys } = fields
  const header = (headerIv: Uint8Array, headerAuthTag: Uint8Array): MessageHeader => {
    return { algorithm, encryptionContext, encryptedDataKeys, headerIv, headerAuthTag }
  }
  if (algorithm.mode === 'FLOE') return header(none, none)
  const suite = headerAlgorithm(algorithm)
  const sealed = await engine.encrypt(suite, dataKey, encodeAuthenticatedFields(fields), none, () => undefined)
  return header(sealed.iv, sealed.authTag)
}

/**
 * Checks a header's tag, in constant time. Afterwards all its fields are as the holder of the data key wrote them. A header with FLOE has no
 * tag: it is verified when the body is opened.
 *
 * @throws {@link IntegrityError} when it is wrong.
 */
export async function verifyHeader(engine: CryptoEngine, header: MessageHeader, dataKey: Uint8Array): Promise<void> {
  if (header.algorithm.mode === 'FLOE') return
  const tag = { iv: header.headerIv, ciphertext: new Uint8Array(0), authTag: header.headerAuthTag }
  let wrong: IntegrityError | undefined
  for (const fields of possibleAuthenticatedFields(header)) {
    try {
      await engine.decrypt(headerAlgorithm(header.algorithm), dataKey, fields, tag, () => undefined)
      return
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      wrong = error
    }
  }
  throw wrong ?? new IntegrityError()
}

/** A header as the DER SEQUENCE that starts a message (form 1) and stands in the user metadata of an OSS object (form 3). */
export function encodeHeader(header: MessageHeader): Uint8Array {
  return encodeSequence(
    encodeInteger(MESSAGE_VERSION),
    encodeInteger(header.algorithm.id),
    encodeSetOf(
      header.encryptedDataKeys.map(({ keyArn, ciphertextBlob }) =>
        encodeSequence(encodeOctetString(encodeUtf8(keyArn)), encodeOctetString(ciphertextBlob)),
      ),
    ),
    encodeSetOf(
      contextEntries(header.encryptionContext).map(({ key, value }) =>
        encodeSequence(encodeOctetString(key), encodeOctetString(value)),
      ),
    ),
    encodeOctetString(header.headerIv),
    encodeOctetString(header.headerAuthTag),
  )
}

/**
 * Reads the DER header SEQUENCE from `reader`. Nothing of it is verified yet.
 *
 * @throws {@link FormatError} for anything but the one encoding of a header within the limits.
 */
export function readHeader(reader: DerReader, options: HeaderLimits = {}): MessageHeader {
  const content = reader.readSequence()
  const version = content.readInteger()
  if (version !== MESSAGE_VERSION)
    throw new FormatError(`unknown message version ${String(version)}`, 'UnsupportedVersion')
  const algorithm = algorithmById(content.readInteger())
  const maxKeys = encryptedDataKeyLimit(options)
  const encryptedDataKeys = content
    .readSetOf(maxKeys, maxKeys * MAX_KEY_DER_LENGTH)
    .map((element) => readPair(element))
    .map(([arn, blob]) => {
      if (arn.length > limits.arnLength || blob.length > limits.blobLength) {
        throw new FormatError('a length in the header is over its limit', 'LimitExceeded')
      }
      return { keyArn: decodeUtf8(arn), ciphertextBlob: blob }
    })
  if (encryptedDataKeys.length === 0) throw new FormatError('message without a data key')
  if (algorithm.mode === 'FLOE') assertOneKeyPerCmk(encryptedDataKeys)
  const encryptionContext = contextFromEntries(
    content
      .readSetOf(MAX_CONTEXT_ENTRIES, MAX_CONTEXT_DER_LENGTH)
      .map((element) => readPair(element))
      .map(([key, value]) => [decodeUtf8(key), decodeUtf8(value)] as const),
  )
  contextEntries(encryptionContext)
  const headerIv = content.readOctetString()
  const headerAuthTag = content.readOctetString()
  content.end()
  const header = { algorithm, encryptedDataKeys, encryptionContext, headerIv, headerAuthTag }
  assertTagLengths(header)
  return header
}

/** Decodes bytes that are a header and nothing else; see {@link readHeader}. */
export function decodeHeader(bytes: Uint8Array, options: HeaderLimits = {}): MessageHeader {
  const reader = new DerReader(bytes)
  const header = readHeader(reader, options)
  reader.end()
  return header
}

/**
 * Asserts that no wrapped key is under the CMK of another. In DER, and but for FLOE, the vendor's Java SDK writes such headers.
 *
 * @throws {@link FormatError}.
 */
export function assertOneKeyPerCmk(encryptedDataKeys: readonly EncryptedDataKey[]): void {
  if (new Set(encryptedDataKeys.map(({ keyArn }) => keyArn)).size !== encryptedDataKeys.length) {
    throw new FormatError('two wrapped data keys under one CMK')
  }
}

/** Asserts the lengths of a header's iv and tag, which follow from its algorithm. */
function assertTagLengths({ algorithm, headerIv, headerAuthTag }: MessageHeader): void {
  const [ivLength, tagLength] = algorithm.mode === 'FLOE' ? [0, 0] : [12, 16]
  if (headerIv.length !== ivLength || headerAuthTag.length !== tagLength) {
    throw new FormatError('header iv or tag of a wrong length')
  }
}

function readPair(element: DerReader): [Uint8Array, Uint8Array] {
  const pair = element.readSequence()
  element.end()
  const first = pair.readOctetString()
  const second = pair.readOctetString()
  pair.end()
  return [first, second]
}
