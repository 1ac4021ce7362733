import type { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import { IntegrityError } from '../errors.js'
import type { GcmMessage } from './gcm-message.js'
import { mapInOrder } from './map-in-order.js'

/** Bytes of a piece that is encrypted by one call: whole blocks, and so many that the call is worth it. */
export const PIECE_LENGTH = 512 * 1024

/** A piece of a body, and where it is. The bytes are its giver's again as soon as a call that encrypts or decrypts them has begun. */
export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/**
 * A stretch of a body in pieces; one without bytes where it has none.
 *
 * @param bytes Stands at the stretch's first byte.
 * @throws IntegrityError when there are fewer bytes than the stretch has.
 */
export async function* cutPieces({ start, end }: Stretch, bytes: ByteSource): AsyncGenerator<Piece> {
  const room = new Uint8Array(Math.min(PIECE_LENGTH, end - start + 1))
  for (let offset = start; offset <= end || offset === start; offset += PIECE_LENGTH) {
    const wanted = Math.min(PIECE_LENGTH, end - offset + 1)
    const piece = await bytes.takeWhole(room.subarray(0, wanted))
    if (piece.length < wanted && end !== Infinity) throw new IntegrityError()
    if (piece.length > 0 || offset === start) yield { offset, bytes: piece }
    if (piece.length < wanted) return
  }
}

/**
 * Encrypts plaintext that is at `start` of a message and beyond.
 *
 * @returns the ciphertext in its order; null in place of a piece that had another plaintext when it was encrypted before.
 */
export function encryptPieces(
  message: GcmMessage,
  plaintext: ByteSource,
  start: number,
  concurrency: number | undefined,
): AsyncGenerator<Uint8Array | null> {
  const pieces = cutPieces({ start, end: Infinity }, plaintext)
  return mapInOrder(pieces, ({ offset, bytes }) => message.encryptPart(offset, bytes), concurrency)
}
