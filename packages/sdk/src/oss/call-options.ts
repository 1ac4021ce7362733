import { assertFlag, assertOptions } from '../options.js'
import { CALL_OPTIONS } from './option-names.js'

/** What shows that an object is something else than options: a stream, an open file. */
const METHODS = ['pipe', 'write', 'getReader', 'getWriter']

/** Options that are true or false; taken by whether they are anything, `'false'` would allow what it is to forbid, and 0 leave out a binding. */
const FLAGS = [
  'allowUnauthenticatedAlgorithms',
  'allowUnverifiedRange',
  'bindToObject',
  'fetchTwice',
  'keepBinding',
  'requireBinding',
  'restartIfChanged',
  'verify',
  'verifyLength',
]

/** Whether a value is an object of entries: of a Map, of Headers or of a list none would be taken. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Object]' &&
    !(Symbol.iterator in value || Symbol.asyncIterator in value)
  )
}

/** Whether a value can be options. */
export function areOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && METHODS.every((method) => !(method in value))
}

/** Options that hold something that can be changed, which is no object of the caller's with a life of its own. */
const NESTED = ['encryptionContext', 'formats', 'headers', 'meta', 'requiredContext', 'to']

/**
 * The options of a call as they are now: what its caller changes while it runs changes nothing.
 *
 * @throws TypeError for options that the call does not have, or of other kinds than it takes.
 */
export function takeOptions<Options extends object>(call: keyof typeof CALL_OPTIONS, options: Options): Options {
  assertCallOptions(call, options)
  const own = Object.entries(options as Readonly<Record<string, unknown>>).map(([name, value]) => [
    name,
    NESTED.includes(name) ? copyOf(value) : value,
  ])
  return Object.fromEntries(own) as Options
}

/** A list, a record, a Map or Headers with what it has now; anything else, such as a provider, is what it is. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[])]
  if (typeof value !== 'object' || value === null) return value
  const { entries } = value as { readonly entries?: unknown }
  if (typeof entries === 'function') return new Map((value as ReadonlyMap<unknown, unknown>).entries())
  const prototype = Object.getPrototypeOf(value) as object | null
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain && Object.values(value).every((each) => typeof each === 'string') ? { ...value } : value
}

function assertCallOptions(call: keyof typeof CALL_OPTIONS, options: unknown): void {
  if (!areOptions(options)) throw new TypeError('options are a plain object')
  assertOptions(call, options, CALL_OPTIONS[call])
  const { signal, progress, versionId, expectedKey, headers, meta, mime } = options
  for (const name of FLAGS) assertFlag(name, options[name])
  if (headers === null || (headers !== undefined && typeof headers !== 'object') || Array.isArray(headers)) {
    throw new TypeError('headers: an object of names and values, Headers, or a Map')
  }
  assertTexts('meta', meta)
  if (signal !== undefined && !isSignal(signal)) throw new TypeError('signal is an AbortSignal')
  if (progress !== undefined && typeof progress !== 'function') throw new TypeError('progress is a function')
  if (versionId !== undefined && (typeof versionId !== 'string' || versionId === '')) {
    throw new TypeError('versionId is a text, and not an empty one')
  }
  if (expectedKey !== undefined && typeof expectedKey !== 'string') throw new TypeError('expectedKey is a text')
  if (mime !== undefined && typeof mime !== 'string') throw new TypeError('mime is a text')
}

function assertTexts(what: string, record: unknown): void {
  if (record === undefined) return
  if (!isRecord(record)) {
    throw new TypeError(`${what}: a plain object of names and texts, such as Object.fromEntries(…) gives`)
  }
}

function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}
