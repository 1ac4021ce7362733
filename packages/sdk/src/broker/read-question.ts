import { collectBytes, readWebStream } from '../bytes/web-stream.js'
import { concatBytes } from '../bytes/concat.js'
import { decodeUtf8 } from '../bytes/utf8.js'
import type { GenerateQuestion, OpenQuestion, Question, SignQuestion } from './broker-messages.js'
import { BrokerRefusal } from './broker-refusal.js'

/** More than any envelope and context of OSS's 8 KB of metadata takes. */
const MAX_QUESTION_LENGTH = 64 * 1024

/** Entries of a context, headers, or parameters. */
const MAX_ENTRIES = 256

const MAX_CONTENT_LENGTH = 5 * 1024 ** 3

/** A question, and the bytes that it came as. */
export interface ReadQuestion {
  readonly question: Question
  readonly bytes: Uint8Array
}

type Check = (value: unknown) => boolean
type Fields<Asked> = { readonly [Name in keyof Asked]-?: Check }

const isString: Check = (value) => typeof value === 'string'
const isBase64: Check = (value) => typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const isTexts: Check = (value) =>
  isRecord(value) && Object.keys(value).length <= MAX_ENTRIES && Object.values(value).every(isString)

const isCopySource: Check = (value) =>
  isRecord(value) && hasFields(value, { name: isString, versionId: optional(isString) })

const isLength: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MAX_CONTENT_LENGTH

const stamp = {
  nonce: (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9+/]{22}==$/.test(value),
  timeMs: Number.isSafeInteger,
}

const generate: Fields<GenerateQuestion> = {
  ...stamp,
  kind: isString,
  publicKey: isBase64,
  algorithm: isString,
  encryptionContext: isTexts,
}
const open: Fields<OpenQuestion> = {
  ...stamp,
  kind: isString,
  publicKey: isBase64,
  header: isBase64,
  floeHeader: optional(isBase64),
}
const sign: Fields<SignQuestion> = {
  ...stamp,
  kind: isString,
  operation: isString,
  method: isString,
  name: optional(isString),
  query: isTexts,
  headers: isTexts,
  contentLength: optional(isLength),
  copySource: optional(isCopySource),
}
const fieldsOf = new Map<unknown, Readonly<Record<string, Check>>>([
  ['generate', generate],
  ['decrypt', open],
  ['rewrap', open],
  ['sign', sign],
])

/**
 * Reads a question. Only what JSON.stringify would write is taken: a name that comes twice, of which something in between may have seen the other,
 * is none of that.
 *
 * @throws BrokerRefusal `malformed`. Of a body that is too long, no more is taken in.
 */
export async function readQuestion(request: Request): Promise<ReadQuestion> {
  const chunks = request.body && (await collectBytes(readWebStream(request.body), MAX_QUESTION_LENGTH))
  if (!chunks) throw new BrokerRefusal('malformed')
  const bytes = concatBytes(...chunks)
  let question: unknown
  try {
    const text = decodeUtf8(bytes)
    question = JSON.parse(text)
    if (JSON.stringify(question) !== text) throw new BrokerRefusal('malformed')
  } catch {
    throw new BrokerRefusal('malformed')
  }
  const fields = isRecord(question) ? fieldsOf.get(question['kind']) : undefined
  if (!isRecord(question) || !fields || !hasFields(question, fields)) throw new BrokerRefusal('malformed')
  return { question: question as unknown as Question, bytes }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether all fields are what they have to be, and there are no others. */
function hasFields(record: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, Check>>): boolean {
  return (
    Object.keys(record).every((name) => Object.hasOwn(fields, name)) &&
    Object.entries(fields).every(([name, check]) => check(Object.hasOwn(record, name) ? record[name] : undefined))
  )
}
