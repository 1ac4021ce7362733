import { compareBytes } from '../bytes/order.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import { algorithmById, type AlgorithmSuite } from '../crypto/algorithm.js'
import { KeyError } from '../errors.js'
import { limits } from '../message/limits.js'
import { contextEntries, type EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey, HeaderFields } from '../message/header.js'
import type { EncryptionMaterials, UnwrappedDataKey } from './data-key-provider.js'

// What a data key provider gives may come from anybody's code, and a data key that is none would be the end of secrecy: `new Uint8Array(32)` is made
// of the number 32 as well as of bytes. Each of these throws a KeyError `InvalidDataKey`, and overwrites the key that it does not hand on.

/** What a new message is encrypted with. */
export function checkMaterials(algorithm: AlgorithmSuite, given: unknown): EncryptionMaterials {
  const { dataKey, encryptedDataKeys } = fieldsOf(given, 'dataKey', 'encryptedDataKeys')
  const key = checkKey(algorithm, dataKey)
  try {
    return { dataKey: key, encryptedDataKeys: checkEncryptedDataKeys(encryptedDataKeys) }
  } catch (error) {
    key.fill(0)
    throw error
  }
}

/** The data key of a message that was read, or null. */
export function checkDataKey(algorithm: AlgorithmSuite, given: unknown): Uint8Array | null {
  return given === null ? null : checkKey(algorithm, given)
}

/**
 * The data key of a message that was read, and the one of the message's wrapped keys that it came from, or null.
 *
 * @param encryptedDataKeys Those that the provider was asked about.
 */
export function checkUnwrapped(
  algorithm: AlgorithmSuite,
  encryptedDataKeys: readonly EncryptedDataKey[],
  given: unknown,
): UnwrappedDataKey | null {
  if (given === null) return null
  const { dataKey, encryptedDataKey } = fieldsOf(given, 'dataKey', 'encryptedDataKey')
  const key = checkKey(algorithm, dataKey)
  const { keyArn, ciphertextBlob } = fieldsOf(encryptedDataKey, 'keyArn', 'ciphertextBlob')
  const own =
    ciphertextBlob instanceof Uint8Array &&
    encryptedDataKeys.find((each) => each.keyArn === keyArn && compareBytes(each.ciphertextBlob, ciphertextBlob) === 0)
  if (own) return { dataKey: key, encryptedDataKey: own }
  key.fill(0)
  throw invalid('a data key without saying which of the wrapped keys it had opened')
}

/** Wrapped data keys that can be written so that they can be read again: one or more, none under the CMK of another. */
export function checkEncryptedDataKeys(given: unknown): readonly EncryptedDataKey[] {
  if (!Array.isArray(given)) throw invalid('no list of wrapped keys')
  if (given.length === 0) throw invalid('no wrapped key')
  if (given.length > limits.encryptedDataKeys)
    throw invalid(`more than ${String(limits.encryptedDataKeys)} wrapped keys`)
  const keys = given.map((each: unknown) => checkEncryptedDataKey(each))
  if (new Set(keys.map(({ keyArn }) => keyArn)).size !== keys.length) throw invalid('two wrapped keys under one CMK')
  return keys
}

/** A header that belongs to messages, and its data key. It is handed on as it is. */
export function checkEnvelope<Envelope extends { readonly header: HeaderFields; readonly dataKey: Uint8Array }>(
  given: Envelope,
): Envelope {
  const { header, dataKey } = fieldsOf(given, 'header', 'dataKey')
  const { algorithm, encryptionContext, encryptedDataKeys } = fieldsOf(
    header,
    'algorithm',
    'encryptionContext',
    'encryptedDataKeys',
  )
  try {
    checkEncryptedDataKeys(encryptedDataKeys)
    checkContext(encryptionContext)
    checkKey(checkAlgorithm(algorithm), dataKey)
    return given
  } catch (error) {
    if (dataKey instanceof Uint8Array) dataKey.fill(0)
    throw error
  }
}

function checkAlgorithm(given: unknown): AlgorithmSuite {
  const { id } = fieldsOf(given, 'id')
  const algorithm = typeof id === 'number' ? findAlgorithm(id) : undefined
  if (!algorithm || algorithm !== given || algorithm.mode === 'FLOE')
    throw invalid('a header of no algorithm that messages have')
  return algorithm
}

function findAlgorithm(id: number): AlgorithmSuite | undefined {
  try {
    return algorithmById(id)
  } catch {
    return undefined
  }
}

function checkContext(given: unknown): void {
  try {
    contextEntries(given as EncryptionContext)
  } catch {
    throw invalid('a header without a well-formed encryption context')
  }
}

function checkEncryptedDataKey(given: unknown): EncryptedDataKey {
  const { keyArn, ciphertextBlob } = fieldsOf(given, 'keyArn', 'ciphertextBlob')
  if (typeof keyArn !== 'string' || !isBetween(1, utf8Length(keyArn), limits.arnLength)) {
    throw invalid(`a wrapped key without an ARN of 1 to ${String(limits.arnLength)} bytes`)
  }
  if (!(ciphertextBlob instanceof Uint8Array) || !isBetween(1, ciphertextBlob.length, limits.blobLength)) {
    throw invalid(`a wrapped key that is not 1 to ${String(limits.blobLength)} bytes`)
  }
  return { keyArn, ciphertextBlob }
}

function checkKey({ name, keyLength }: AlgorithmSuite, given: unknown): Uint8Array {
  if (!(given instanceof Uint8Array)) throw invalid('a data key that is not bytes')
  if (given.length === keyLength) return given
  const { length } = given
  given.fill(0)
  throw invalid(`a data key of ${String(length)} bytes: ${name} takes ${String(keyLength)}`)
}

/** Each field, read once: what was looked at is what is used. */
function fieldsOf<Name extends string>(given: unknown, ...names: readonly Name[]): Partial<Record<Name, unknown>> {
  if (typeof given !== 'object' || given === null) return {}
  return Object.fromEntries(names.map((name) => [name, (given as Record<Name, unknown>)[name]])) as Record<
    Name,
    unknown
  >
}

/** Bytes of a text as UTF-8; 0 when it has none. */
function utf8Length(text: string): number {
  try {
    return text.length > limits.arnLength ? text.length : encodeUtf8(text).length
  } catch {
    return 0
  }
}

function isBetween(least: number, value: number, most: number): boolean {
  return value >= least && value <= most
}

function invalid(what: string): KeyError {
  return new KeyError('InvalidDataKey', `the data key provider gave ${what}`)
}
