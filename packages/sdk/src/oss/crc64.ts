import { createCRC64 } from 'hash-wasm'

/** CRC-64/XZ, the one that OSS answers with as `x-oss-hash-crc64ecma`, computed piece by piece. */
export interface Crc64 {
  update(bytes: Uint8Array): void
  /** The value over everything so far, as OSS writes it: an unsigned decimal. More may follow. */
  value(): string
}

/** Starts a checksum. */
export async function startCrc64(): Promise<Crc64> {
  const hash = await createCRC64()
  hash.init()
  return {
    update: (bytes) => hash.update(bytes),
    value: () => {
      const state = hash.save()
      const value = BigInt(`0x${hash.digest('hex')}`).toString()
      hash.load(state)
      return value
    },
  }
}
