import { createCRC64 } from 'hash-wasm'
import type { Crc64 } from './crc64.js'

/** One for all checksums: an instance of WebAssembly for each would take more time than a small object. */
let shared: ReturnType<typeof createCRC64> | undefined

/** Where a checksum is while another one is being computed; undefined when it has only begun. */
interface Paused {
  state: Uint8Array | undefined
}

/** The checksum that is being computed. */
let current: Paused | undefined

/** Starts a checksum. */
export async function startCrc64(): Promise<Crc64> {
  const hash = await (shared ??= createCRC64())
  const own: Paused = { state: undefined }
  const take = () => {
    if (current === own) return
    if (current) current.state = hash.save()
    if (own.state) hash.load(own.state)
    else hash.init()
    current = own
  }
  return {
    update: (bytes) => {
      take()
      hash.update(bytes)
    },
    value: () => {
      take()
      own.state = hash.save()
      current = undefined
      return BigInt(`0x${hash.digest('hex')}`).toString()
    },
    restart: () => {
      own.state = undefined
      if (current === own) current = undefined
    },
  }
}
