import { FormatError, OsscryptError } from '../errors.js'

/** The names that the Encryption SDK gives its algorithms; FLOE's; and that of what the OSS SDKs' own encryption does, which is read only where it is asked for. */
export type AlgorithmName =
  | 'AES_GCM_NOPADDING_128'
  | 'AES_GCM_NOPADDING_256'
  | 'AES_CBC_NOPADDING_128'
  | 'AES_CBC_NOPADDING_256'
  | 'AES_CBC_PKCS5_128'
  | 'AES_CBC_PKCS5_256'
  | 'AES_CTR_NOPADDING_128'
  | 'AES_CTR_NOPADDING_256'
  | 'SM4_GCM_NOPADDING_128'
  | 'SM4_CBC_NOPADDING_128'
  | 'SM4_CBC_PKCS5_128'
  | 'SM4_CTR_NOPADDING_128'
  | 'FLOE'
  | 'OSS_SDK_AES_CTR_256'

/** One algorithm suite: everything the rest of the code needs to know about it, so that nothing else switches on its name. */
export interface AlgorithmSuite {
  readonly name: AlgorithmName
  /** The number that stands for it in message headers. */
  readonly id: number
  readonly cipher: 'AES' | 'SM4'
  readonly mode: 'GCM' | 'CBC' | 'CTR' | 'FLOE'
  /** Whether the plaintext is padded to whole blocks (PKCS #7). */
  readonly padded: boolean
  /** Bytes of the data key. */
  readonly keyLength: 16 | 32
  /** Bytes of the body's iv. FLOE keeps its own in the body. */
  readonly ivLength: 0 | 12 | 16
  /** Bytes of the body's authentication tag; 0 where the body carries none of its own. */
  readonly tagLength: 0 | 16
  /** Whether a changed body is noticed. */
  readonly authenticated: boolean
  /** KMS's name for data keys of this length, where it has one. */
  readonly keySpec: 'AES_128' | 'AES_256' | undefined
  /** The most plaintext bytes that one message may hold. */
  readonly maxPlaintextLength: number
}

const BLOCK_LENGTH = 16

/** GCM's counter of 32 bits ends here (NIST SP 800-38D, section 5.2.1.1). */
const MAX_GCM_LENGTH = 2 ** 36 - 32

function suite(
  id: number,
  name: AlgorithmName,
  cipher: 'AES' | 'SM4',
  mode: 'GCM' | 'CBC' | 'CTR',
  keyLength: 16 | 32,
  padded = false,
): AlgorithmSuite {
  const gcm = mode === 'GCM'
  return Object.freeze({
    id,
    name,
    cipher,
    mode,
    keyLength,
    padded,
    ivLength: gcm ? 12 : 16,
    tagLength: gcm ? 16 : 0,
    authenticated: gcm,
    keySpec: cipher === 'SM4' ? undefined : keyLength === 32 ? 'AES_256' : 'AES_128',
    maxPlaintextLength: gcm ? MAX_GCM_LENGTH : Number.MAX_SAFE_INTEGER,
  })
}

const suites: readonly AlgorithmSuite[] = [
  suite(1, 'AES_GCM_NOPADDING_128', 'AES', 'GCM', 16),
  suite(2, 'AES_GCM_NOPADDING_256', 'AES', 'GCM', 32),
  suite(3, 'AES_CBC_NOPADDING_128', 'AES', 'CBC', 16),
  suite(4, 'AES_CBC_NOPADDING_256', 'AES', 'CBC', 32),
  suite(5, 'AES_CBC_PKCS5_128', 'AES', 'CBC', 16, true),
  suite(6, 'AES_CBC_PKCS5_256', 'AES', 'CBC', 32, true),
  suite(7, 'AES_CTR_NOPADDING_128', 'AES', 'CTR', 16),
  suite(8, 'AES_CTR_NOPADDING_256', 'AES', 'CTR', 32),
  suite(9, 'SM4_GCM_NOPADDING_128', 'SM4', 'GCM', 16),
  suite(10, 'SM4_CBC_NOPADDING_128', 'SM4', 'CBC', 16),
  suite(11, 'SM4_CBC_PKCS5_128', 'SM4', 'CBC', 16, true),
  suite(12, 'SM4_CTR_NOPADDING_128', 'SM4', 'CTR', 16),
  Object.freeze({
    id: 0x464c4f45,
    name: 'FLOE',
    cipher: 'AES',
    mode: 'FLOE',
    keyLength: 32,
    padded: false,
    ivLength: 0,
    tagLength: 0,
    authenticated: true,
    keySpec: 'AES_256',
    maxPlaintextLength: Number.MAX_SAFE_INTEGER,
  }),
]

/**
 * What the OSS SDKs' own encryption is: AES-256-CTR from a counter block of 16 bytes, which is wrapped as the key is. It is the algorithm of no message,
 * and has no id there.
 */
export const OSS_SDK_CTR: AlgorithmSuite = suite(0, 'OSS_SDK_AES_CTR_256', 'AES', 'CTR', 32)

const byId = new Map(suites.map((each) => [each.id, each]))
const byName = new Map<string, AlgorithmSuite>(suites.map((each) => [each.name, each]))

/** The suite of the vendor's SDKs when nothing else is asked for. */
export const DEFAULT_ALGORITHM: AlgorithmName = 'AES_GCM_NOPADDING_256'

/**
 * The suite with that number.
 *
 * @throws {@link FormatError} `UnsupportedAlgorithm` when there is none.
 */
export function algorithmById(id: number): AlgorithmSuite {
  const found = byId.get(id)
  if (!found) throw new FormatError(`unknown algorithm id ${String(id)}`, 'UnsupportedAlgorithm')
  return found
}

/**
 * The suite with that name.
 *
 * @throws RangeError when there is none.
 */
export function algorithmByName(name: AlgorithmName): AlgorithmSuite {
  const found = byName.get(name)
  if (!found) throw new RangeError(`unknown algorithm ${name}`)
  return found
}

/** The suite that authenticates the header of a message: GCM with the message's own cipher and key length. */
export function headerAlgorithm(body: AlgorithmSuite): AlgorithmSuite {
  if (body.cipher === 'SM4') return algorithmByName('SM4_GCM_NOPADDING_128')
  return algorithmByName(body.keyLength === 32 ? 'AES_GCM_NOPADDING_256' : 'AES_GCM_NOPADDING_128')
}

/** Bytes of the ciphertext of so many bytes of plaintext, tag aside. */
export function ciphertextLength({ padded }: AlgorithmSuite, plaintextLength: number): number {
  return padded ? plaintextLength + BLOCK_LENGTH - (plaintextLength % BLOCK_LENGTH) : plaintextLength
}

/**
 * Asserts that a plaintext is not longer than one message of its algorithm may be.
 *
 * @throws OsscryptError `LimitExceeded`.
 */
export function assertPlaintextLength(algorithm: AlgorithmSuite, length: number): void {
  if (length > algorithm.maxPlaintextLength) {
    const limit = `${algorithm.name} takes at most ${String(algorithm.maxPlaintextLength)} bytes`
    throw new OsscryptError('LimitExceeded', `${limit}; the format for larger objects is \`floe\``)
  }
}

/**
 * Asserts that a body's iv and tag have the lengths that its algorithm gives them.
 *
 * @throws FormatError.
 */
export function assertBodyLengths(
  algorithm: AlgorithmSuite,
  body: { readonly iv: Uint8Array; readonly authTag: Uint8Array },
): void {
  if (body.iv.length !== algorithm.ivLength || body.authTag.length !== algorithm.tagLength) {
    throw new FormatError('body iv or tag of a wrong length')
  }
}
