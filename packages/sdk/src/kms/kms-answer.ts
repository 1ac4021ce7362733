import { decodeBase64 } from '../bytes/base64.js'
import { ServiceError } from '../errors.js'

/** KMS's answer to one action: a JSON object whose fields are still to be checked. */
export type KmsAnswer = Readonly<Record<string, unknown>>

// One reader per type of field. Each throws a ServiceError `BadAnswer` that names the field and nothing of what was in
// it.

/** A text that is not empty. */
export function textField(answer: KmsAnswer, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string' || value === '') throw badAnswer(name)
  return value
}

/** Bytes, which travel as base64. */
export function bytesField(answer: KmsAnswer, name: string): Uint8Array {
  try {
    return decodeBase64(textField(answer, name))
  } catch {
    throw badAnswer(name)
  }
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

function badAnswer(field: string): ServiceError {
  return new ServiceError('BadAnswer', `KMS answered without a well-formed ${field}`, { service: 'kms' })
}
