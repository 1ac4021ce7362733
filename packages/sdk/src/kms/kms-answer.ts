import { decodeBase64 } from '../bytes/base64.js'
import { decodeUtf8 } from '../bytes/utf8.js'
import { ServiceError } from '../errors.js'
import { takeTextMember } from './take-text-member.js'

/** KMS's answer to one action: a JSON object whose fields are still to be checked. `Plaintext` is bytes: see {@link decodeKmsAnswer}. */
export type KmsAnswer = Readonly<Record<string, unknown>>

/** The field that holds a data key. */
const SECRET_FIELD = 'Plaintext'

/**
 * Decodes an answer. A plaintext data key never becomes a text, which nobody could erase: it is taken out first, as the bytes of its base64,
 * and overwritten where it stood.
 *
 * @param json Is changed.
 * @returns null when it is not a JSON object.
 */
export function decodeKmsAnswer(json: Uint8Array): KmsAnswer | null {
  const secret = takeTextMember(json, SECRET_FIELD)
  try {
    const answer: unknown = JSON.parse(decodeUtf8(json))
    if (isObject(answer)) return secret ? { ...answer, [SECRET_FIELD]: secret } : answer
  } catch {
    // Told below.
  }
  secret?.fill(0)
  return null
}

// One reader per type of field. Each throws a ServiceError `BadAnswer` that names the field and nothing of what was in
// it.

/** A text that is not empty. */
export function textField(answer: KmsAnswer, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string' || value === '') throw badAnswer(name)
  return value
}

/** Bytes that are not none, which travel as base64. */
export function bytesField(answer: KmsAnswer, name: string): Uint8Array {
  try {
    return decodeBase64(textField(answer, name))
  } catch {
    throw badAnswer(name)
  }
}

/** The data key. Can be read once: its base64 is overwritten. */
export function plaintextField(answer: KmsAnswer): Uint8Array {
  const base64 = answer[SECRET_FIELD]
  if (!(base64 instanceof Uint8Array) || base64.length === 0) throw badAnswer(SECRET_FIELD)
  try {
    return decodeBase64(base64)
  } catch {
    throw badAnswer(SECRET_FIELD)
  } finally {
    base64.fill(0)
  }
}

/** A secret text, as its bytes (ASCII). Whoever has it overwrites it. */
export function secretTextField(answer: KmsAnswer): Uint8Array {
  const text = answer[SECRET_FIELD]
  if (!(text instanceof Uint8Array) || text.length === 0) throw badAnswer(SECRET_FIELD)
  return text
}

/** A boolean. */
export function booleanField(answer: KmsAnswer, name: string): boolean {
  const value = answer[name]
  if (typeof value !== 'boolean') throw badAnswer(name)
  return value
}

/** An object. */
export function objectField(answer: KmsAnswer, name: string): KmsAnswer {
  const value = answer[name]
  if (!isObject(value)) throw badAnswer(name)
  return value
}

/** A list of objects. */
export function objectsField(answer: KmsAnswer, name: string): readonly KmsAnswer[] {
  const value = answer[name]
  if (!Array.isArray(value) || !value.every(isObject)) throw badAnswer(name)
  return value
}

function isObject(value: unknown): value is KmsAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for an answer whose part `what` is not what it has to be. */
export function badAnswer(what: string): ServiceError {
  return new ServiceError('BadAnswer', `KMS answered without a well-formed ${what}`, { service: 'kms' })
}
