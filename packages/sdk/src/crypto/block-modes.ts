import { concatBytes } from '../bytes/concat.js'
import { IntegrityError } from '../errors.js'
import type { Decryptor, Encryptor } from './body-cipher.js'

// Modes of block ciphers (NIST SP 800-38A) that go on from piece to piece, where the platform's own do not.

export const BLOCK_LENGTH = 16

const EMPTY = new Uint8Array(0)

/** A cipher on single blocks of 16 bytes, each in its place. */
export interface BlockCipherInPlace {
  encryptBlock(view: DataView, offset: number): void
  decryptBlock(view: DataView, offset: number): void
}

/** A mode that takes whole blocks, as many as there are, and goes on where it was. */
export type BlockMode = (blocks: Uint8Array) => Uint8Array | Promise<Uint8Array>

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function addInto(target: Uint8Array, offset: number, block: Uint8Array): void {
  for (let index = 0; index < block.length; index += 1) {
    target[offset + index] = (target[offset + index] ?? 0) ^ (block[index] ?? 0)
  }
}

/** Counter mode (section 6.5) with a counter of 128 bits, of pieces of any length; encrypting and decrypting are the same. */
export function startCounter(
  cipher: BlockCipherInPlace,
  firstBlock: Uint8Array,
): { update(bytes: Uint8Array): Uint8Array } {
  const counter = new Uint8Array(firstBlock)
  const stream = new Uint8Array(BLOCK_LENGTH)
  const streamView = viewOf(stream)
  let used = BLOCK_LENGTH
  return {
    update: (bytes) => {
      const output = new Uint8Array(bytes)
      for (let index = 0; index < output.length; index += 1, used += 1) {
        if (used === BLOCK_LENGTH) {
          stream.set(counter)
          cipher.encryptBlock(streamView, 0)
          increment(counter)
          used = 0
        }
        output[index] = (output[index] ?? 0) ^ (stream[used] ?? 0)
      }
      return output
    },
  }
}

function increment(counter: Uint8Array): void {
  for (let index = counter.length - 1; index >= 0; index -= 1) {
    counter[index] = ((counter[index] ?? 0) + 1) & 255
    if (counter[index] !== 0) return
  }
}

/** Cipher block chaining (section 6.2). */
export function cbcEncryption(cipher: BlockCipherInPlace, iv: Uint8Array): BlockMode {
  let previous = new Uint8Array(iv)
  return (blocks) => {
    const output = new Uint8Array(blocks)
    const view = viewOf(output)
    for (let offset = 0; offset < output.length; offset += BLOCK_LENGTH) {
      addInto(output, offset, previous)
      cipher.encryptBlock(view, offset)
      previous = output.slice(offset, offset + BLOCK_LENGTH)
    }
    return output
  }
}

export function cbcDecryption(cipher: BlockCipherInPlace, iv: Uint8Array): BlockMode {
  let previous = new Uint8Array(iv)
  return (blocks) => {
    const output = new Uint8Array(blocks)
    const view = viewOf(output)
    for (let offset = 0; offset < output.length; offset += BLOCK_LENGTH) {
      cipher.decryptBlock(view, offset)
      addInto(output, offset, previous)
      previous = blocks.slice(offset, offset + BLOCK_LENGTH)
    }
    return output
  }
}

/** Gathers bytes to whole blocks, but for the last `kept` of them. */
export function gatherBlocks(kept: number): { take(bytes: Uint8Array): Uint8Array; rest(): Uint8Array } {
  let held: Uint8Array = EMPTY
  return {
    take: (bytes) => {
      const joined = held.length === 0 ? bytes : concatBytes(held, bytes)
      const whole = Math.max(0, Math.floor((joined.length - kept) / BLOCK_LENGTH) * BLOCK_LENGTH)
      held = new Uint8Array(joined.subarray(whole))
      return joined.subarray(0, whole)
    },
    rest: () => held,
  }
}

/** Encrypts by a mode of whole blocks; what does not fill the last one is padded (PKCS #7), or refused. */
export function encryptInBlocks(mode: BlockMode, padded: boolean): Encryptor {
  const blocks = gatherBlocks(0)
  return {
    update: (plaintext) => mode(blocks.take(plaintext)),
    finish: async () => {
      const rest = blocks.rest()
      if (!padded) {
        if (rest.length > 0) throw new RangeError('this algorithm takes whole blocks of 16 bytes only')
        return { rest, authTag: EMPTY }
      }
      const padding = BLOCK_LENGTH - rest.length
      return { rest: await mode(concatBytes(rest, new Uint8Array(padding).fill(padding))), authTag: EMPTY }
    },
  }
}

/** Decrypts by a mode of whole blocks; where they were padded, the last one is held back for its padding. */
export function decryptInBlocks(mode: BlockMode, padded: boolean): Decryptor {
  const blocks = gatherBlocks(padded ? 1 : 0)
  return {
    update: (ciphertext) => mode(blocks.take(ciphertext)),
    finish: async () => {
      const rest = blocks.rest()
      if (rest.length !== (padded ? BLOCK_LENGTH : 0)) throw new IntegrityError()
      return padded ? withoutPadding(await mode(rest)) : rest
    },
  }
}

function withoutPadding(block: Uint8Array): Uint8Array {
  const padding = block[BLOCK_LENGTH - 1] ?? 0
  const end = BLOCK_LENGTH - padding
  if (padding < 1 || end < 0 || block.subarray(end).some((byte) => byte !== padding)) throw new IntegrityError()
  return block.subarray(0, end)
}
