import { createHash } from 'node:crypto'
import { createCRC64, type IHasher } from 'hash-wasm'

/** What OSS knows about the bytes of a body. */
export interface BodyDigest {
  readonly length: number
  readonly md5: Buffer
  readonly crc64: bigint
}

/** Both checksums of a body, in one pass over its bytes. */
export interface BodyHasher {
  update(bytes: Uint8Array): void
  /** Ends the hashing; exactly one of `digest` and `discard` is called, once. */
  digest(): BodyDigest
  discard(): void
}

/** Every CRC hasher is a WebAssembly instance: they are used again, and there are as many as bodies were ever hashed at once. */
const idle: IHasher[] = []

/** Starts hashing a body. */
export async function createBodyHasher(): Promise<BodyHasher> {
  const crc = idle.pop() ?? (await createCRC64())
  crc.init()
  const md5 = createHash('md5')
  let length = 0
  return {
    update(bytes) {
      length += bytes.length
      md5.update(bytes)
      crc.update(bytes)
    },
    digest() {
      const crc64 = BigInt(`0x${crc.digest('hex')}`)
      idle.push(crc)
      return { length, md5: md5.digest(), crc64 }
    },
    discard() {
      idle.push(crc)
    },
  }
}
