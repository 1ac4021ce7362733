import type { BlockCipherInPlace } from './block-modes.js'

// The block cipher SM4 (GB/T 32907-2016, section 6), for runtimes that have none. Its tables are looked up by secret bytes: whoever shares the processor's
// cache may learn of them.

const ROUNDS = 32

const SBOX = Uint8Array.from(
  (
    'd690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699' +
    '9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6' +
    '4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35' +
    '1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e' +
    'eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3' +
    '1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51' +
    '8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0' +
    '8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948'
  ).match(/../g) ?? [],
  (hex) => parseInt(hex, 16),
)

/** The system parameter FK. */
const SYSTEM = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc]

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** The substitution of each of a word's bytes. */
function substitute(word: number): number {
  const byte = (shift: number) => (SBOX[(word >>> shift) & 255] ?? 0) << shift
  return byte(24) | byte(16) | byte(8) | byte(0)
}

/** The constant CK of a round: bytes 4i to 4i + 3, each times seven. */
function roundConstant(round: number): number {
  return [0, 1, 2, 3].reduce((word, index) => (word << 8) | (((4 * round + index) * 7) & 255), 0)
}

function expandKey(key: Uint8Array): Int32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  let [a, b, c, d] = [0, 1, 2, 3].map((index) => view.getInt32(4 * index) ^ (SYSTEM[index] ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  const roundKeys = new Int32Array(new ArrayBuffer(4 * ROUNDS))
  for (let round = 0; round < ROUNDS; round += 1) {
    const mixed = substitute(b ^ c ^ d ^ roundConstant(round))
    const next = a ^ mixed ^ rotate(mixed, 13) ^ rotate(mixed, 23)
    ;[a, b, c, d] = [b, c, d, next]
    roundKeys[round] = next
  }
  return roundKeys
}

function cryptBlock(roundKeys: Int32Array, view: DataView, offset: number): void {
  let [a, b, c, d] = [
    view.getInt32(offset),
    view.getInt32(offset + 4),
    view.getInt32(offset + 8),
    view.getInt32(offset + 12),
  ]
  for (const roundKey of roundKeys) {
    const mixed = substitute(b ^ c ^ d ^ roundKey)
    const next = a ^ mixed ^ rotate(mixed, 2) ^ rotate(mixed, 10) ^ rotate(mixed, 18) ^ rotate(mixed, 24)
    a = b
    b = c
    c = d
    d = next
  }
  view.setInt32(offset, d)
  view.setInt32(offset + 4, c)
  view.setInt32(offset + 8, b)
  view.setInt32(offset + 12, a)
}

/** SM4 under a key of 16 bytes, which is not kept; what is made of it is. */
export function createSm4(key: Uint8Array): BlockCipherInPlace {
  const roundKeys = expandKey(key)
  const reversed = Int32Array.from(roundKeys).reverse()
  return {
    encryptBlock: (view, offset) => cryptBlock(roundKeys, view, offset),
    decryptBlock: (view, offset) => cryptBlock(reversed, view, offset),
  }
}
