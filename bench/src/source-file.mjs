import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'

const BLOCK_LENGTH = 2 ** 20

/**
 * Bytes to be transferred, which can be told again at any place: a random block over and over, each with its number in front, so that a block in
 * the place of another is noticed.
 */
export class SourceFile {
  #block = randomBytes(BLOCK_LENGTH)

  /**
   * @param {string} path
   * @param {number} length a multiple of 1 MiB
   */
  constructor(path, length) {
    this.path = path
    this.length = length
  }

  async write() {
    const file = await open(this.path, 'w')
    try {
      for (let position = 0; position < this.length; position += BLOCK_LENGTH) {
        await file.write(this.#blockAt(position), 0, BLOCK_LENGTH, position)
      }
    } finally {
      await file.close()
    }
  }

  /**
   * Throws unless a file is the same.
   *
   * @param {string} path
   */
  async assertSame(path) {
    const file = await open(path)
    const bytes = Buffer.allocUnsafeSlow(BLOCK_LENGTH)
    try {
      if ((await file.stat()).size !== this.length) throw new Error('what came back has another length')
      for (let position = 0; position < this.length; position += BLOCK_LENGTH) {
        await file.read(bytes, 0, BLOCK_LENGTH, position)
        this.assertBytes(bytes, position)
      }
    } finally {
      await file.close()
    }
  }

  /** Whether it starts with these bytes, fewer than 1 MiB.
   * @param {Buffer} bytes
   */
  startsWith(bytes) {
    return this.#blockAt(0).subarray(0, bytes.length).equals(bytes)
  }

  /**
   * Throws unless these are the bytes from `start` on.
   *
   * @param {Buffer} bytes
   * @param {number} start
   */
  assertBytes(bytes, start) {
    for (let at = 0; at < bytes.length;) {
      const from = (start + at) % BLOCK_LENGTH
      const expected = this.#blockAt(start + at).subarray(from, from + bytes.length - at)
      if (expected.compare(bytes, at, at + expected.length) !== 0) throw new Error('what came back is not what was put')
      at += expected.length
    }
  }

  /** The block that holds a position; the next call writes over it.
   * @param {number} position
   */
  #blockAt(position) {
    this.#block.writeUInt32BE(Math.floor(position / BLOCK_LENGTH))
    return this.#block
  }
}
