import { encodeUtf8 } from '../bytes/utf8.js'

/** Also where Node's types are the only ones. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>

/** The page's half of one key agreement. Its private key cannot be exported. */
export interface PageKey {
  readonly privateKey: WebKey
  readonly publicKey: Uint8Array<ArrayBuffer>
}

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
const AES = { name: 'AES-GCM', length: 256 } as const

/** An uncompressed point of P-256. */
const PUBLIC_KEY_LENGTH = 65

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
 * Encrypts a data key to a page: ECDH on P-256 with a key pair of this one answer, HKDF-SHA-256, AES-256-GCM. The key is used once, so that the
 * iv may be constant. `transcript` is what was asked and the rest of the answer: neither can be exchanged for another's.
 *
 * @throws DOMException when the public key is not a point of the curve.
 */
export async function wrapToPage(
  dataKey: Uint8Array<ArrayBuffer>,
  pagePublicKey: Uint8Array<ArrayBuffer>,
  transcript: string,
): Promise<WrappedToPage> {
  const { privateKey, publicKey } = await createPageKey()
  const key = await agreedKey(privateKey, pagePublicKey, [pagePublicKey, publicKey], 'encrypt')
  const ciphertext = await crypto.subtle.encrypt(gcm(transcript), key, dataKey)
  return { publicKey, ciphertext: new Uint8Array(ciphertext) }
}

/** The other end of {@link wrapToPage}. @throws DOMException when the answer was changed, or belongs to another request. */
export async function unwrapInPage(
  { publicKey, ciphertext }: WrappedToPage,
  pageKey: PageKey,
  transcript: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await agreedKey(pageKey.privateKey, publicKey, [pageKey.publicKey, publicKey], 'decrypt')
  return new Uint8Array(await crypto.subtle.decrypt(gcm(transcript), key, ciphertext))
}

async function agreedKey(
  privateKey: WebKey,
  theirs: Uint8Array<ArrayBuffer>,
  publicKeys: readonly [page: Uint8Array, broker: Uint8Array],
  usage: 'encrypt' | 'decrypt',
): Promise<WebKey> {
  const theirKey = await crypto.subtle.importKey('raw', theirs, CURVE, false, [])
  const bits = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirKey }, privateKey, 256))
  try {
    const secret = await crypto.subtle.importKey('raw', bits, 'HKDF', false, ['deriveKey'])
    const salt = new Uint8Array(2 * PUBLIC_KEY_LENGTH)
    salt.set(publicKeys[0])
    salt.set(publicKeys[1], PUBLIC_KEY_LENGTH)
    const info = new Uint8Array(encodeUtf8('osscrypt broker data key'))
    return await crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info }, secret, AES, false, [usage])
  } finally {
    bits.fill(0)
  }
}

function gcm(transcript: string) {
  return { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: new Uint8Array(encodeUtf8(transcript)) }
}
