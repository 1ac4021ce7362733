import { encodeMessageEnds } from '../../message/message-ends.js'
import { concatBytes } from '../../bytes/concat.js'
import type { OpenSource } from '../../source/source.js'
import type { SealedObject } from '../../transfer/sealed-object.js'
import { encryptGcm } from '../gcm/seal.js'
import type { SealingKey, SealOptions } from '../object-format.js'
import { sealCiphertext, type Ciphertext } from '../sealed-ciphertext.js'

/**
 * Encrypts a body as a `gcm` object's is, and puts the envelope around it.
 *
 * @throws as `encryptGcm`; FormatError `LimitExceeded` for what is too long for a message of form 1.
 */
export async function sealMessageBody(
  source: OpenSource,
  key: SealingKey,
  options: SealOptions,
): Promise<SealedObject> {
  const { messageForm: form = 'message' } = options
  const { header } = key
  const { ivLength, tagLength, padded } = header.algorithm
  const ends = (iv: Uint8Array, ciphertextLength: number, authTag: Uint8Array) =>
    encodeMessageEnds(form, header, { iv, ciphertextLength, authTag })
  // What is too long is not encrypted first.
  ends(new Uint8Array(ivLength), (source.length ?? 0) + (padded ? 1 : 0), new Uint8Array(tagLength))
  const { body, iv } = await encryptGcm(source, key, options)
  try {
    const { before, after } = ends(iv, body.length, body.authTag)
    return sealCiphertext(source, surround(body, before, after), options, {
      metadata: {},
      proof: { iv, authTag: body.authTag },
    })
  } catch (error) {
    await body.dispose()
    throw error
  }
}

/** A ciphertext with bytes before and behind it. */
function surround(body: Ciphertext, before: Uint8Array, after: Uint8Array): Ciphertext {
  const length = before.length + body.length + after.length
  const behind = before.length + body.length
  const read = async function* (start: number, end: number, concurrency?: number) {
    if (start < before.length) yield before.subarray(start, end)
    const [first, last] = [Math.max(0, start - before.length), Math.min(body.length, end - before.length)]
    if (first < last) yield* body.read(first, last, concurrency)
    if (end > behind) yield after.subarray(Math.max(0, start - behind), end - behind)
  }
  return {
    length,
    read,
    get bytes() {
      return body.bytes && concatBytes(before, body.bytes, after)
    },
    dispose: () => body.dispose(),
  }
}
