import { concatBytes } from '../bytes/concat.js'
import { BLOCK_LENGTH, type BlockMode } from './block-modes.js'
import { toWebBytes } from './web-bytes.js'

// AES-CBC over Web Crypto, which pads always, in whole blocks that go on: the block that it adds to a plaintext is cut off, and one is made for a ciphertext
// that has none.

const EMPTY = new Uint8Array(0)

/** @param key Is not kept; what is made of it cannot be read out. */
export function webAesCbc(
  key: Uint8Array,
  iv: Uint8Array,
): { readonly encryption: BlockMode; readonly decryption: BlockMode } {
  const imported = crypto.subtle.importKey('raw', toWebBytes(key), 'AES-CBC', false, ['encrypt', 'decrypt'])
  imported.catch(() => undefined)
  let previous = new Uint8Array(iv)
  const encrypt = async (start: Uint8Array<ArrayBuffer>, plaintext: Uint8Array) => {
    const algorithm = { name: 'AES-CBC', iv: start }
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, await imported, toWebBytes(plaintext)))
  }
  return {
    encryption: async (blocks) => {
      if (blocks.length === 0) return EMPTY
      const ciphertext = (await encrypt(previous, blocks)).subarray(0, blocks.length)
      previous = lastBlock(ciphertext)
      return ciphertext
    },
    decryption: async (blocks) => {
      if (blocks.length === 0) return EMPTY
      const start = previous
      previous = lastBlock(blocks)
      const padding = await encrypt(previous, EMPTY)
      const algorithm = { name: 'AES-CBC', iv: start }
      return new Uint8Array(
        await crypto.subtle.decrypt(algorithm, await imported, toWebBytes(concatBytes(blocks, padding))),
      )
    },
  }
}

function lastBlock(blocks: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(blocks.subarray(-BLOCK_LENGTH))
}
