// Looks for secrets in all of this process's memory. They are held masked, and memory is masked before it is searched, so that nothing here is
// found.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { getHeapSnapshot } from 'node:v8'

const MASK = 0xa5
const CHUNK_LENGTH = 1024 * 1024

/**
 * A copy of a secret in which it cannot be found.
 *
 * @param {Uint8Array} secret
 */
export function mask(secret) {
  return Buffer.from(Uint8Array.from(secret, (byte) => byte ^ MASK).buffer)
}

/**
 * How often each secret stands anywhere in the memory that this process can write to: heaps, stacks, buffers, what libraries hold. Linux only.
 *
 * @param {readonly Uint8Array[]} masked
 */
export function countInMemory(masked) {
  const longest = Math.max(...masked.map(({ length }) => length))
  const counts = masked.map(() => 0)
  const chunk = Buffer.alloc(CHUNK_LENGTH + longest)
  const memory = openSync('/proc/self/mem', 'r')
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    const end = Number(`0x${to}`)
    for (let start = Number(`0x${from}`); start < end; start += CHUNK_LENGTH) {
      const length = read(memory, chunk, Math.min(chunk.length, end - start), start)
      for (let index = 0; index < length; index += 1) chunk[index] = (chunk[index] ?? 0) ^ MASK
      const part = chunk.subarray(0, length)
      masked.forEach((secret, which) => {
        for (let at = part.indexOf(secret); at >= 0; at = part.indexOf(secret, at + 1))
          if (at < CHUNK_LENGTH) counts[which] = (counts[which] ?? 0) + 1
      })
      chunk.fill(0)
    }
  }
  closeSync(memory)
  return counts
}

/**
 * How often each text stands where JavaScript can reach it: in strings, and in the pool that Buffers share.
 *
 * @param {readonly Uint8Array[]} masked
 */
export async function countInHeap(masked) {
  const pool = Buffer.from(Buffer.from('a').buffer).toString('latin1')
  let snapshot = ''
  for await (const piece of getHeapSnapshot()) snapshot += String(piece)
  return masked.map((each) => {
    const text = Buffer.from(mask(each)).toString('latin1')
    return snapshot.split(text).length - 1 + (pool.split(text).length - 1)
  })
}

/**
 * @param {number} memory
 * @param {Buffer} chunk
 * @param {number} length
 * @param {number} position
 */
function read(memory, chunk, length, position) {
  try {
    return readSync(memory, chunk, 0, length, position)
  } catch {
    // Some regions are the kernel's.
    return 0
  }
}
