import type { Decryptor } from '../crypto/body-cipher.js'
import { Spool } from '#spool'
import type { SpoolOptions } from '../spool/spool.js'

/** A body that has been checked, held as ciphertext, and is decrypted as it is read. */
export interface VerifiedBody {
  /** The plaintext, once. */
  read(): AsyncGenerator<Uint8Array>
  /** Frees what holds the ciphertext. Must be called. */
  dispose(): Promise<void>
}

/**
 * Takes in all of a body and checks it. No plaintext leaves before: it is decrypted twice.
 *
 * @param ciphertext What the tag follows or stands beside.
 * @param startDecryptor Gives a decryptor at the body's start; called twice, before this returns.
 * @param authTag Gives the tag once all ciphertext has come.
 * @throws IntegrityError when the body does not authenticate; what reading it throws.
 */
export async function takeVerifiedBody(
  ciphertext: AsyncIterable<Uint8Array>,
  startDecryptor: () => Decryptor,
  authTag: () => Uint8Array,
  options: SpoolOptions,
): Promise<VerifiedBody> {
  const spool = new Spool(options)
  try {
    const checking = startDecryptor()
    const releasing = startDecryptor()
    for await (const chunk of ciphertext) {
      checking.update(chunk)
      // A copy: what was checked when it came must be what is read again, whoever has the chunk.
      await spool.append(new Uint8Array(chunk))
    }
    checking.finish(authTag())
    return {
      read: () => decryptBody(spool.read(), releasing, authTag),
      dispose: () => spool.dispose(),
    }
  } catch (error) {
    await spool.dispose()
    throw error
  }
}

/** The plaintext of a body as it comes, unverified until the end has been reached. */
export async function* decryptBody(
  ciphertext: AsyncIterable<Uint8Array>,
  decryptor: Decryptor,
  authTag: () => Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of ciphertext) {
    const plaintext = decryptor.update(chunk)
    if (plaintext.length > 0) yield plaintext
  }
  const rest = decryptor.finish(authTag())
  if (rest.length > 0) yield rest
}
