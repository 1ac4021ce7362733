import type { Decryptor } from '../../crypto/body-cipher.js'
import { createDecryptor } from '../../crypto/node-cipher.js'
import { decryptBody } from '../../encryption/verified-body.js'
import { encodeContext } from '../../message/encryption-context.js'
import { openFloeBody } from '../floe/reader.js'
import type { Progress } from '../../transfer/sealed-object.js'
import type { OpenedObject } from '../../oss/open-object.js'

/**
 * An object's plaintext as its ciphertext comes: all of it verified when the end has been reached; with FLOE, segment by segment.
 *
 * @param ciphertext The object's bytes from the first to the last.
 */
export async function decryptObject(
  opened: OpenedObject,
  ciphertext: AsyncIterable<Uint8Array>,
): Promise<AsyncGenerator<Uint8Array>> {
  const { header, authTag } = opened.envelope
  if (header.algorithm.mode === 'FLOE') return openFloeBody(header, opened.dataKey, ciphertext)
  return decryptBody(ciphertext, startDecryptor(opened), () => authTag)
}

/** A decryptor at the start of an object that is no FLOE object. */
export function startDecryptor({ envelope: { header, iv }, dataKey }: OpenedObject): Decryptor {
  return createDecryptor(header.algorithm, dataKey, iv, encodeContext(header.encryptionContext))
}

/** An object's bytes as they come in one stream. */
export async function* readReporting(
  { reading }: OpenedObject,
  { progress, signal }: { readonly progress?: Progress | undefined; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const ciphertext of reading.read()) {
    signal?.throwIfAborted()
    yield ciphertext
    bytes += ciphertext.length
    progress?.({ bytes, total: reading.length })
  }
}

/** Forgets an object's key and ends its connection. */
export function closeObject({ reading, dataKey }: OpenedObject): void {
  dataKey.fill(0)
  reading.discard()
}
