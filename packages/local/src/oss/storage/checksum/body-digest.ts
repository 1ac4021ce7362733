import { createHash } from 'node:crypto'
import { createCRC64, type IHasher } from 'hash-wasm'
import { ThreadedMd5 } from './md5-thread.js'

/** What OSS knows about the bytes of a body. */
export interface BodyDigest {
  readonly length: number
  readonly md5: Buffer
  readonly crc64: bigint
}

/** Both checksums of a body, in one pass over its bytes. */
export interface BodyHasher {
  /** The bytes are not to change before the body's end. */
  update(bytes: Uint8Array): Promise<void> | undefined
  /** Ends the hashing; exactly one of `digest` and `discard` is called, once. */
  digest(): Promise<BodyDigest>
  discard(): Promise<void>
}

/** Bodies up to this length are hashed where they are received: less work than to tell another thread. */
const SMALL = 1024 * 1024

/** Every CRC hasher is a WebAssembly instance: they are used again, and there are as many as bodies were ever hashed at once. */
const idle: IHasher[] = []

/** Starts hashing a body. */
export async function createBodyHasher(): Promise<BodyHasher> {
  const crc = idle.pop() ?? (await createCRC64())
  crc.init()
  const held: Uint8Array[] = []
  let threaded: ThreadedMd5 | undefined
  let length = 0
  const finishMd5 = async (): Promise<Buffer> => {
    if (threaded !== undefined) return threaded.digest()
    const md5 = createHash('md5')
    for (const bytes of held) md5.update(bytes)
    return md5.digest()
  }
  const goThreaded = async (md5: ThreadedMd5): Promise<void> => {
    for (const bytes of held.splice(0)) await md5.update(bytes)
  }
  return {
    update(bytes) {
      length += bytes.length
      crc.update(bytes)
      if (threaded !== undefined) return threaded.update(bytes)
      held.push(bytes)
      if (length <= SMALL) return undefined
      threaded = new ThreadedMd5()
      return goThreaded(threaded)
    },
    async digest() {
      const crc64 = BigInt(`0x${crc.digest('hex')}`)
      idle.push(crc)
      return { length, md5: await finishMd5(), crc64 }
    },
    async discard() {
      idle.push(crc)
      await threaded?.digest().catch(() => undefined)
    },
  }
}
