import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { assertBodyLengths } from '../crypto/algorithm.js'
import { FormatError, OsscryptError } from '../errors.js'
import { decodeHeader, encodeHeader } from '../message/header.js'
import type { EnvelopeKind, UnverifiedEnvelope } from './envelope.js'

/** User metadata: names without `x-oss-meta-`. */
export type Metadata = Readonly<Record<string, string>>

const PREFIX = 'x-oss-meta-'

/** The Java sample gives names that carry the prefix already, and its SDK adds it again: this is what is on the wire. */
export const WRITTEN_PREFIX = `${PREFIX}x-oss-meta-`

/** The names of its entries, behind the prefix. */
export const NAMES = ['header', 'iv', 'authtag'] as const

/** What OSS takes of user metadata, names and values together. */
const MAX_METADATA_LENGTH = 8192

/** The headers that carry an envelope; the tag's name is written as the Java sample writes it. */
export function encodeEnvelopeHeaders({
  header,
  iv,
  authTag,
}: Omit<UnverifiedEnvelope, 'kind'>): Record<string, string> {
  return {
    [`${WRITTEN_PREFIX}header`]: encodeBase64(encodeHeader(header)),
    ...(header.algorithm.ivLength > 0 && {
      [`${WRITTEN_PREFIX}iv`]: encodeBase64(iv),
      [`${WRITTEN_PREFIX}authTag`]: encodeBase64(authTag),
    }),
  }
}

/**
 * The headers that carry the caller's own metadata.
 *
 * @throws TypeError for a name or value that OSS does not take, or a name that the envelope uses.
 */
export function encodeMetadataHeaders(metadata: Metadata = {}): Record<string, string> {
  const names = Object.keys(metadata).map((name) => name.toLowerCase())
  if (new Set(names).size !== names.length)
    throw new TypeError('metadata with a name twice: capitals make no difference')
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]: [string, unknown]) => {
      if (!/^[A-Za-z0-9-]+$/.test(name))
        throw new TypeError(`metadata name ${JSON.stringify(name)}: letters, digits and hyphens only`)
      if (NAMES.some((reserved) => name.toLowerCase() === `${PREFIX}${reserved}`))
        throw new TypeError(`metadata name ${name} is the envelope's`)
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
      if (typeof text !== 'string' || !/^(?! )[\x20-\x7e]*$(?<! )/.test(text)) {
        throw new TypeError(`the value of metadata ${name} is not printable ASCII without spaces around it`)
      }
      return [`${PREFIX}${name}`, text]
    }),
  )
}

/**
 * Asserts that OSS will take this much user metadata.
 *
 * @throws OsscryptError `LimitExceeded`.
 */
export function assertMetadataFits(headers: Readonly<Record<string, string>>): void {
  const length = Object.entries(headers)
    .filter(([name]) => name.toLowerCase().startsWith(PREFIX))
    .reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (length > MAX_METADATA_LENGTH) {
    throw new OsscryptError(
      'LimitExceeded',
      `OSS takes ${String(MAX_METADATA_LENGTH)} bytes of user metadata: with the envelope (header, encryption context, wrapped keys) it would be ${String(length)}`,
    )
  }
}

/** The vendor's form 3: a header, an iv and a tag. */
export const form3Envelope: EnvelopeKind = {
  names: (headers) => {
    const prefix = envelopePrefix(headers)
    return prefix === null ? [] : NAMES.map((name) => `${prefix}${name}`).filter((name) => headers[name] !== undefined)
  },

  decode: async (headers, limits) => {
    const prefix = envelopePrefix(headers)
    const [encodedHeader, encodedIv, encodedTag] = NAMES.map((entry) => headers[`${prefix ?? ''}${entry}`])
    if (encodedHeader === undefined) throw new FormatError('envelope without a header')
    if (encodedHeader.length > MAX_METADATA_LENGTH)
      throw new FormatError('envelope larger than OSS can store', 'LimitExceeded')
    const header = decodeHeader(decodeBase64(encodedHeader), limits)
    const ivStandsHere = header.algorithm.ivLength > 0
    if (!ivStandsHere && (encodedIv ?? encodedTag) !== undefined) {
      throw new FormatError(`a ${header.algorithm.name} envelope with an iv or a tag`)
    }
    if (ivStandsHere && encodedIv === undefined) throw new FormatError('envelope without an iv')
    const body = { iv: decodeBase64(encodedIv ?? ''), authTag: decodeBase64(encodedTag ?? '') }
    assertBodyLengths(header.algorithm, body)
    return { kind: 'form-3', header, ...body }
  },
}

/**
 * Where the envelope's entries are: under the doubled prefix that the Java sample and this project write, or under the single one that the
 * documentation speaks of. Single names are too common to mean anything alone: all three must be there.
 */
function envelopePrefix(headers: Readonly<Record<string, string>>): string | null {
  if (NAMES.some((name) => headers[`${WRITTEN_PREFIX}${name}`] !== undefined)) return WRITTEN_PREFIX
  if (NAMES.every((name) => headers[`${PREFIX}${name}`] !== undefined)) return PREFIX
  return null
}
