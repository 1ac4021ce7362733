import { decodeBase64 } from '../../bytes/base64.js'
import { quote } from '../../bytes/quote.js'
import { decodeUtf8 } from '../../bytes/utf8.js'
import { OSS_SDK_CTR } from '../../crypto/algorithm.js'
import { FormatError } from '../../errors.js'
import type { WrappedSecrets } from '../../keys/data-key-provider.js'
import type { MessageHeader } from '../../message/header.js'
import { decodeHeaderText } from '../../store/header-text.js'
import type { UnverifiedEnvelope } from '../envelope.js'
import { META, OLD_PREFIX, PREFIX, prefixOf } from './envelope-names.js'

// What the OSS SDKs for Java, Go, Python, C++ and PHP write beside a body that they encrypt themselves, and what their Python SDK wrote before
// version 2.11.0. None of it is authenticated.

const KEY_LENGTH = 32
const BLOCK_LENGTH = 16

/** What OSS stores of user metadata. */
const MAX_VALUE_LENGTH = 8192

const KEY_ALGORITHM = 'AES/CTR/NoPadding'

/** The deprecated format's name for the same. The body is in CTR, whatever it says. */
const OLD_KEY_ALGORITHM = 'AES/GCM/NoPadding'

/** How the key and the counter block are wrapped, and in which form what came of that is in the header. */
interface Wrapping {
  readonly wrapAlgorithm: WrappedSecrets['wrapAlgorithm']
}

/** By the name that is written, in lower case: readers compare it in any. */
const wrappings = new Map<string, Wrapping>([
  ['rsa/none/pkcs1padding', { wrapAlgorithm: 'RSA-PKCS1' }],
  ['rsa/none/oaepwithsha-1andmgf1padding', { wrapAlgorithm: 'RSA-OAEP-SHA1' }],
  ['kms/alicloud', { wrapAlgorithm: 'KMS' }],
])

const oldWrappings = new Map<string, Wrapping>([
  ['rsa', { wrapAlgorithm: 'RSA-OAEP-SHA1' }],
  ['kms', { wrapAlgorithm: 'KMS' }],
])

/** What an SDK wrapped: the data key, and with it the first counter block, or, in the deprecated format, that as a decimal number. */
export interface OssSdkKey {
  /** In the words of the SDKs. */
  readonly writtenAs: string
  readonly secrets: WrappedSecrets
  readonly counterIs: 'block' | 'decimal'
}

/** There is no header of a message. */
export const NO_HEADER: MessageHeader = Object.freeze({
  algorithm: OSS_SDK_CTR,
  encryptionContext: Object.freeze({}),
  encryptedDataKeys: Object.freeze([]),
  headerIv: new Uint8Array(0),
  headerAuthTag: new Uint8Array(0),
})

/** The headers that hold a key, the wrapped secrets in base64. What is said of the key is written in ASCII, which every SDK reads. */
export function encodeOssSdkKey({
  key,
  start,
  writtenAs,
  description,
}: {
  readonly key: string
  readonly start: string
  readonly writtenAs: string
  readonly description: Readonly<Record<string, string>>
}): Record<string, string> {
  const json = JSON.stringify(description).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return {
    [`${PREFIX}key`]: key,
    [`${PREFIX}start`]: start,
    [`${PREFIX}cek-alg`]: KEY_ALGORITHM,
    [`${PREFIX}wrap-alg`]: writtenAs,
    ...(Object.keys(description).length > 0 && { [`${PREFIX}matdesc`]: json }),
  }
}

/** An envelope of the OSS SDKs' own. */
export interface OssSdkEnvelope extends UnverifiedEnvelope {
  readonly ossSdkKey: OssSdkKey
}

/** An envelope of the OSS SDKs' own, of the headers that hold it; see {@link EnvelopeKind.decode}. */
export function decodeOssSdkEnvelope(headers: Readonly<Record<string, string>>): OssSdkEnvelope {
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const isOld = prefixOf([...values.keys()]) === OLD_PREFIX
  const nameOf = (what: string) =>
    isOld ? `${what.endsWith('-alg') ? `${META}oss-` : OLD_PREFIX}${what}` : `${PREFIX}${what}`
  const valueOf = (what: string): string => {
    const value = values.get(nameOf(what))
    if (value === undefined) throw new FormatError(`envelope without ${nameOf(what)}`)
    if (value.length > MAX_VALUE_LENGTH) throw new FormatError('envelope larger than OSS can store', 'LimitExceeded')
    return value
  }
  const keyAlgorithm = valueOf('cek-alg')
  if (keyAlgorithm.toLowerCase() !== (isOld ? OLD_KEY_ALGORITHM : KEY_ALGORITHM).toLowerCase()) {
    throw new FormatError(`no object of the OSS SDKs is encrypted with ${quote(keyAlgorithm)}`, 'UnsupportedAlgorithm')
  }
  const writtenAs = valueOf('wrap-alg')
  const wrapping = (isOld ? oldWrappings : wrappings).get(writtenAs.toLowerCase())
  if (!wrapping)
    throw new FormatError(`keys that are wrapped by ${quote(writtenAs)} are not supported`, 'UnsupportedAlgorithm')
  const decode = wrapping.wrapAlgorithm === 'KMS' && !isOld ? decodeBlob : decodeBase64
  const description = values.get(nameOf('matdesc'))
  const secrets: WrappedSecrets = {
    wrapAlgorithm: wrapping.wrapAlgorithm,
    secrets: [
      { wrapped: decode(valueOf('key')), length: KEY_LENGTH },
      { wrapped: decode(valueOf('start')), length: isOld ? undefined : BLOCK_LENGTH },
    ],
    description: description === undefined ? {} : parseDescription(description),
  }
  return {
    kind: 'oss-sdk',
    header: NO_HEADER,
    iv: new Uint8Array(0),
    authTag: new Uint8Array(0),
    ossSdkKey: { writtenAs, secrets, counterIs: isOld ? 'decimal' : 'block' },
  }
}

/** What KMS gave, which Java and Go write as it is, and Python in base64 once more. Nothing that KMS gives is base64 from end to end itself. */
function decodeBlob(value: string): Uint8Array {
  const blob = decodeBase64(value)
  const text = blob.every((byte) => byte < 0x80) ? decodeUtf8(blob) : ''
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? decodeBase64(text) : blob
}

/** A flat JSON object of texts, however its SDK writes that. */
function parseDescription(value: string): Readonly<Record<string, string>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(decodeHeaderText(value))
  } catch {
    throw new FormatError('the description of the key is no JSON')
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  const entries = isObject ? Object.entries(parsed as Record<string, unknown>) : []
  if (!isObject || entries.some(([, text]) => typeof text !== 'string')) {
    throw new FormatError('the description of the key is no JSON object of texts')
  }
  return Object.fromEntries(entries) as Record<string, string>
}
