import { concatBytes } from '../bytes/concat.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import { encodeEncryptedDataKeys, type EncryptedDataKey } from '../message/header.js'
import { PUBLIC_KEY_LENGTH } from './broker-messages.js'

/** Also where Node's types are the only ones. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>

/** The page's half of one key agreement. Its private key cannot be exported. */
export interface PageKey {
  readonly privateKey: WebKey
  readonly publicKey: Uint8Array<ArrayBuffer>
}

/** The other end's half. */
export interface PublicKey {
  readonly key: WebKey
  readonly bytes: Uint8Array<ArrayBuffer>
}

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
const AES = { name: 'AES-GCM', length: 256 } as const
const UNCOMPRESSED = 4

/** What keys are derived for. */
const PURPOSE = new Uint8Array(encodeUtf8('osscrypt broker 1: data key'))

/** A data key on its way to a page, encrypted to the page's public key. */
export interface WrappedToPage {
  /** The broker's half of the key agreement, made for this one answer. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
}

/** Makes the half of one key agreement. */
export async function createPageKey(): Promise<PageKey> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['deriveBits'])
  return {
    privateKey: pair.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  }
}

/**
 * Reads the other end's half of a key agreement.
 *
 * @throws TypeError, DOMException when it is not an uncompressed point of the curve.
 */
export async function importPublicKey(bytes: Uint8Array<ArrayBuffer>): Promise<PublicKey> {
  // Platforms differ in what else they take: points compressed, or without their first byte.
  if (bytes.length !== PUBLIC_KEY_LENGTH || bytes[0] !== UNCOMPRESSED) throw new TypeError('not a public key')
  return { bytes, key: await crypto.subtle.importKey('raw', bytes, CURVE, false, []) }
}

/**
 * What an answer is bound to: the very bytes of the question, whatever stands in it, and the wrapped keys of the answer. Nothing of the one can be
 * exchanged, or belong to another, without the other end noticing.
 */
export async function transcriptOf(
  question: Uint8Array,
  encryptedDataKeys: readonly EncryptedDataKey[],
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(question)))
  return new Uint8Array(concatBytes(digest, encodeEncryptedDataKeys(encryptedDataKeys)))
}

/**
 * Encrypts a data key to a page: ECDH on P-256 with a key pair of this one answer, HKDF-SHA-256, AES-256-GCM. The key is used once, so that the
 * iv may be constant.
 *
 * @param transcript See {@link transcriptOf}.
 */
export async function wrapToPage(
  dataKey: Uint8Array<ArrayBuffer>,
  pageKey: PublicKey,
  transcript: Uint8Array<ArrayBuffer>,
): Promise<WrappedToPage> {
  const { privateKey, publicKey } = await createPageKey()
  const key = await agreedKey(privateKey, pageKey.key, [pageKey.bytes, publicKey], 'encrypt')
  const ciphertext = await crypto.subtle.encrypt(gcm(transcript), key, dataKey)
  return { publicKey, ciphertext: new Uint8Array(ciphertext) }
}

/** The other end of {@link wrapToPage}. @throws TypeError, DOMException when the answer was changed, or belongs to another question. */
export async function unwrapInPage(
  { publicKey, ciphertext }: WrappedToPage,
  pageKey: PageKey,
  transcript: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { key: theirs } = await importPublicKey(publicKey)
  const key = await agreedKey(pageKey.privateKey, theirs, [pageKey.publicKey, publicKey], 'decrypt')
  return new Uint8Array(await crypto.subtle.decrypt(gcm(transcript), key, ciphertext))
}

/** The key that both ends come to. */
async function agreedKey(
  privateKey: WebKey,
  theirs: WebKey,
  publicKeys: readonly [page: Uint8Array, broker: Uint8Array],
  usage: 'encrypt' | 'decrypt',
): Promise<WebKey> {
  const bits = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, privateKey, 256))
  try {
    const secret = await crypto.subtle.importKey('raw', bits, 'HKDF', false, ['deriveKey'])
    const salt = new Uint8Array(concatBytes(...publicKeys))
    return await crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info: PURPOSE }, secret, AES, false, [
      usage,
    ])
  } finally {
    bits.fill(0)
  }
}

function gcm(additionalData: Uint8Array<ArrayBuffer>) {
  return { name: 'AES-GCM', iv: new Uint8Array(12), additionalData }
}
