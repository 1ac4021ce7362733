import { encodeUtf8 } from '../bytes/utf8.js'
import { BrokerRefusal } from './broker-refusal.js'

/** Bytes of an object's name in OSS. */
const MAX_NAME_LENGTH = 1023

/**
 * A name as an object may have it in OSS, and as it reaches OSS from a page: every browser resolves `..` in a URL, percent-encoded or not, and
 * what is authorized as one name would be sent as another. Otherwise names are what their bytes say: nothing is decoded, folded or normalised.
 *
 * @throws BrokerRefusal `name`.
 */
export function requireObjectName(name: string): string {
  const decoded = tryDecode(name)
  if (name === '' || /^[/\\]/.test(name) || hasDotSegment(name) || hasDotSegment(decoded))
    throw new BrokerRefusal('name')
  return requirePrefix(name)
}

/** What names may start with. @throws BrokerRefusal `name`. */
export function requirePrefix(prefix: string): string {
  if (!isText(prefix)) throw new BrokerRefusal('name')
  return prefix
}

/** Whether a text is well-formed, has no control characters, and is as short as a name is. */
export function isText(text: string): boolean {
  if (text.length > MAX_NAME_LENGTH || /[\p{Cc}\p{Surrogate}]/u.test(text)) return false
  return encodeUtf8(text).length <= MAX_NAME_LENGTH
}

function hasDotSegment(name: string): boolean {
  return name.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')
}

function tryDecode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    // What is no percent-encoding as a whole may be one in its parts.
    return name.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
  }
}
