import type { HeaderLimits } from '../message/header.js'
import { decodeHeaderText } from '../store/header-text.js'
import type { EnvelopeKind, UnverifiedEnvelope } from './envelope.js'
import { form3Envelope } from './envelope-metadata.js'
import { ossSdkEnvelope } from './oss-sdk-ctr/envelope.js'

/** Every kind of envelope that there is. An object that has two is what the first says. */
const kinds: readonly EnvelopeKind[] = [form3Envelope, ossSdkEnvelope]

const PREFIX = 'x-oss-meta-'

type Headers = Readonly<Record<string, string>>

/**
 * The envelope in an object's headers; undefined when there is none. Nothing of it is verified yet.
 *
 * @throws {@link FormatError} when it is not whole or not well-formed.
 */
export async function decodeEnvelope(headers: Headers, limits: HeaderLimits): Promise<UnverifiedEnvelope | undefined> {
  return kinds.find((each) => each.names(headers).length > 0)?.decode(headers, limits)
}

/** Whether there is an envelope in an object's headers, whole or not. */
export function hasEnvelope(headers: Headers): boolean {
  return envelopeNames(headers).length > 0
}

/** An object's user metadata, without the envelope's entries. Others may have written UTF-8: it is text. */
export function callerMetadata(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadataHeaders(headers)).map(([name, value]) => [
      name.slice(PREFIX.length),
      decodeHeaderText(value),
    ]),
  )
}

/** The headers that carry an object's user metadata, byte for byte, without the envelope's. */
export function metadataHeaders(headers: Headers): Record<string, string> {
  const own = new Set(envelopeNames(headers))
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(PREFIX) && !own.has(name)))
}

/** The headers that carry an object's envelope, as they are. */
export function envelopeHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(envelopeNames(headers).map((name) => [name, headers[name] ?? '']))
}

/**
 * Whether two objects have one envelope, which no other object has.
 *
 * @param sent Of an answer, or as they were sent: `authTag`, which OSS answers in lower case.
 */
export function isSameEnvelope(answer: Headers, sent: Headers): boolean {
  const inLowerCase = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]))
  return hasEnvelope(answer) && agreeOnEnvelope(answer, inLowerCase)
}

/** Whether two answers say one envelope, or both say none. */
export function agreeOnEnvelope(left: Headers, right: Headers): boolean {
  const [one, other] = [envelopeHeaders(left), envelopeHeaders(right)]
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

/** The first kind's: whatever else there is, is the caller's. */
function envelopeNames(headers: Headers): readonly string[] {
  return kinds.map((kind) => kind.names(headers)).find((names) => names.length > 0) ?? []
}
