import { decodeBase64, encodeBase64 } from '../../bytes/base64.js'
import { copySecret } from '../../bytes/secret-bytes.js'
import { encodeUtf8 } from '../../bytes/utf8.js'
import { toWebBytes, type WebBytes } from '../../crypto/web-bytes.js'

/** What the key is for: no other key that follows from a data key has this. */
const PURPOSE = 'osscrypt upload checkpoint 1'

type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/**
 * Authenticates what is written down of an upload, under a key that follows from the upload's data key: who cannot unwrap that cannot make a checkpoint
 * of it, nor change one.
 */
export class CheckpointKey {
  readonly #key: WebKey

  private constructor(key: WebKey) {
    this.#key = key
  }

  /** @param dataKey Not kept; what follows from it cannot be read out. */
  static async create(dataKey: Uint8Array): Promise<CheckpointKey> {
    const own = copySecret(dataKey)
    try {
      const base = await crypto.subtle.importKey('raw', own, 'HKDF', false, ['deriveKey'])
      const derivation = {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: new Uint8Array(0),
        info: toWebBytes(encodeUtf8(PURPOSE)),
      }
      const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
      return new CheckpointKey(await crypto.subtle.deriveKey(derivation, base, hmac, false, ['sign', 'verify']))
    } finally {
      own.fill(0)
    }
  }

  /** @param what Which of several things is authenticated: one is never taken for another. */
  async tag(what: 'state' | 'options', text: string): Promise<string> {
    return encodeBase64(new Uint8Array(await crypto.subtle.sign('HMAC', this.#key, textOf(what, text))))
  }

  /** Whether a tag is that of the text. @throws FormatError for a tag that is no base64. */
  async verify(what: 'state' | 'options', text: string, tag: string): Promise<boolean> {
    return crypto.subtle.verify('HMAC', this.#key, toWebBytes(decodeBase64(tag)), textOf(what, text))
  }
}

function textOf(what: string, text: string): WebBytes {
  return toWebBytes(encodeUtf8(`${what}\n${text}`))
}
