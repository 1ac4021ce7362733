import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import { allocateSecret } from '../bytes/secret-bytes.js'
import { assertOptions, type OptionNames } from '../options.js'

/** An RSA key as a JWK (RFC 7517, and RFC 7518, section 6.3). Not every version of Node's types has one. */
export type RsaJsonWebKey = Readonly<Partial<Record<'kty' | 'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi', string>>>

/** A key as PEM (PKCS #1, PKCS #8, SPKI; private ones encrypted too), as a JWK or its JSON text, or as Node has it. */
export type RsaKeyInput = string | Uint8Array | RsaJsonWebKey | KeyObject

/** A key pair, or the public key alone of who only writes. */
export interface RsaKeyOptions {
  /** Opens, and wraps. */
  readonly privateKey?: RsaKeyInput | undefined
  /** Wraps. Default: that of the private key. */
  readonly publicKey?: RsaKeyInput | undefined
  /** Of an encrypted private key. */
  readonly passphrase?: string | undefined
  /** What the OSS SDKs' own encryption calls the key by (`matdesc`), if that is what it was given. */
  readonly description?: Readonly<Record<string, string>> | undefined
}

const RSA_KEY_OPTIONS: OptionNames<RsaKeyOptions> = {
  privateKey: true,
  publicKey: true,
  passphrase: true,
  description: true,
}

/** An RSA key that wraps, and, where the private one is there, opens. */
export interface RsaKey {
  /** `rsa:sha256:` and the SHA-256 of the public key (SPKI, DER) in hexadecimal. */
  readonly name: string
  readonly description: Readonly<Record<string, string>>
  /** Bits of the modulus. */
  readonly modulusLength: number
  readonly opens: boolean
  /** RSAES-OAEP (RFC 8017, section 7.1). */
  wrap(secret: Uint8Array, hash: 'sha1' | 'sha256', label?: Uint8Array): Uint8Array
  /** RSAES-PKCS1-v1_5 (section 7.2), which OSS SDKs for other languages read. */
  wrapPkcs1(secret: Uint8Array): Uint8Array
  /** @returns null when it is not what was wrapped so for this key. */
  unwrap(wrapped: Uint8Array, hash: 'sha1' | 'sha256', label?: Uint8Array): Uint8Array | null
  /**
   * As {@link unwrap}. Which of the checks failed is told neither by what comes back nor by the time it takes.
   *
   * @param length Bytes of the secret.
   */
  unwrapPkcs1(wrapped: Uint8Array, length: number): Uint8Array | null
}

/** @throws TypeError for what is no RSA key. Nothing of the key is in its text. */
export function importRsaKey(options: RsaKeyOptions): RsaKey {
  assertOptions('an RSA key', options, RSA_KEY_OPTIONS)
  const { privateKey, publicKey, passphrase, description = {} } = options
  assertDescription(description)
  const own = privateKey === undefined ? undefined : toKeyObject(privateKey, 'private', passphrase)
  const open = publicKey === undefined ? own && createPublicKey(own) : toKeyObject(publicKey, 'public')
  if (!open) throw new TypeError('an RSA key is a privateKey, a publicKey, or both')
  const spki = open.export({ type: 'spki', format: 'der' })
  if (own && !createPublicKey(own).export({ type: 'spki', format: 'der' }).equals(spki)) {
    throw new TypeError('privateKey and publicKey are not of one pair')
  }
  const modulusLength = open.asymmetricKeyDetails?.modulusLength ?? 0
  const oaep = (hash: string, label: Uint8Array | undefined) => ({
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: hash,
    ...(label && label.length > 0 && { oaepLabel: label }),
  })
  return {
    name: `rsa:sha256:${createHash('sha256').update(spki).digest('hex')}`,
    description,
    modulusLength,
    opens: own !== undefined,
    wrap: (secret, hash, label) => publicEncrypt({ key: open, ...oaep(hash, label) }, secret),
    wrapPkcs1: (secret) => publicEncrypt({ key: open, padding: constants.RSA_PKCS1_PADDING }, secret),
    unwrap: (wrapped, hash, label) => {
      if (!own) return null
      try {
        return privateDecrypt({ key: own, ...oaep(hash, label) }, wrapped)
      } catch {
        return null
      }
    },
    unwrapPkcs1: (wrapped, length) => {
      if (!own) return null
      let block: Uint8Array
      try {
        block = privateDecrypt({ key: own, padding: constants.RSA_NO_PADDING }, wrapped)
      } catch {
        // Not of the modulus's length, or not below it: what everybody can see.
        return null
      }
      return removePkcs1Padding(block, length)
    },
  }
}

/**
 * The message in an encryption block `00 02 PS 00 M` (RFC 8017, section 7.2.2) whose length is known, PS being at least eight bytes that are not zero.
 * Takes the same time whatever is wrong.
 *
 * @param block Is overwritten.
 * @returns null when the block is none.
 */
function removePkcs1Padding(block: Uint8Array, length: number): Uint8Array | null {
  const separator = block.length - length - 1
  if (separator < 10) return null
  let wrong = (block[0] ?? 1) | ((block[1] ?? 0) ^ 2) | (block[separator] ?? 1)
  // Minus one is negative for a zero alone.
  for (let index = 2; index < separator; index += 1) wrong |= (((block[index] ?? 0) - 1) >> 31) & 1
  const message = allocateSecret(length)
  message.set(block.subarray(separator + 1))
  block.fill(0)
  if (wrong === 0) return message
  message.fill(0)
  return null
}

/** @throws TypeError for what is no flat object of texts: it would be compared with nothing, or written as something else. */
function assertDescription(description: unknown): void {
  const isPlain =
    typeof description === 'object' &&
    description !== null &&
    !Array.isArray(description) &&
    !(description instanceof Map)
  if (!isPlain || Object.values(description).some((text) => typeof text !== 'string'))
    throw new TypeError('the description of an RSA key is an object of texts')
}

function toKeyObject(input: RsaKeyInput, kind: 'private' | 'public', passphrase?: string): KeyObject {
  const key = importKey(input, kind, passphrase)
  if (key.type !== kind || key.asymmetricKeyType !== 'rsa') throw new TypeError(`the ${kind}Key is no ${kind} RSA key`)
  return key
}

function importKey(input: RsaKeyInput, kind: 'private' | 'public', passphrase: string | undefined): KeyObject {
  if (input instanceof KeyObject) return input
  const create = kind === 'private' ? createPrivateKey : createPublicKey
  try {
    if (typeof input !== 'string' && !(input instanceof Uint8Array)) return create({ key: input, format: 'jwk' })
    const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
    if (text.trimStart().startsWith('{')) return create({ key: parseJwk(text), format: 'jwk' })
    return create({ key: text, format: 'pem', ...(passphrase !== undefined && { passphrase }) })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'ERR_MISSING_PASSPHRASE'
        ? ', it is encrypted: `passphrase` is missing'
        : passphrase === undefined
          ? ''
          : ', or the passphrase is wrong'
    throw new TypeError(`the ${kind}Key cannot be read: no RSA key as PEM or JWK${reason}`, { cause: error })
  }
}

function parseJwk(text: string): RsaJsonWebKey {
  try {
    return JSON.parse(text) as RsaJsonWebKey
  } catch {
    // What JSON.parse says has a piece of the key in it.
    throw new TypeError('no JSON')
  }
}
