import { collectBytes, readWebStream } from '../bytes/web-stream.js'
import { concatBytes } from '../bytes/concat.js'
import { decodeUtf8 } from '../bytes/utf8.js'
import type { DataKeyQuestion, SignQuestion } from './broker-messages.js'

/** More than any envelope and context of OSS's 8 KB of metadata takes. */
const MAX_QUESTION_LENGTH = 64 * 1024

/** @returns null when the body is longer than a question can be, or none. */
export async function readQuestion(request: Request): Promise<DataKeyQuestion | SignQuestion | null> {
  if (!request.body) return null
  const chunks = await collectBytes(readWebStream(request.body), MAX_QUESTION_LENGTH)
  if (!chunks) return null
  let question: unknown
  try {
    question = JSON.parse(decodeUtf8(concatBytes(...chunks)))
  } catch {
    return null
  }
  return isQuestion(question) ? question : null
}

export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((text) => typeof text === 'string')
}

export function hasOwnText(record: Readonly<Record<string, string>>, name: string): boolean {
  return Object.hasOwn(record, name)
}

function isQuestion(value: unknown): value is DataKeyQuestion | SignQuestion {
  if (typeof value !== 'object' || value === null) return false
  const question = value as Partial<Record<string, unknown>>
  const { kind, nonce, timeMs } = question
  if (typeof nonce !== 'string' || !/^[A-Za-z0-9+/]{22}==$/.test(nonce) || !Number.isSafeInteger(timeMs)) return false
  return kind === 'dataKey' ? isDataKeyQuestion(question) : kind === 'sign' && isSignQuestion(question)
}

function isDataKeyQuestion(question: Partial<Record<string, unknown>>): boolean {
  const { publicKey, algorithm, encryptionContext, encryptedDataKeys } = question
  if (typeof publicKey !== 'string' || typeof algorithm !== 'string' || !isTextRecord(encryptionContext)) return false
  return encryptedDataKeys === undefined || (Array.isArray(encryptedDataKeys) && encryptedDataKeys.every(isTextRecord))
}

function isSignQuestion({ operation, name, copySource }: Partial<Record<string, unknown>>): boolean {
  if (typeof operation !== 'string' || typeof name !== 'string' || name === '') return false
  return copySource === undefined || (isTextRecord(copySource) && typeof copySource['name'] === 'string')
}
