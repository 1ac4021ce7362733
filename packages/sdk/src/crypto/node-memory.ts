/**
 * Twice as much of what was freed may stay with the process, for each of its threads: more was not faster, and takes more memory. Pieces that are encrypted are
 * shorter.
 */
const BLOCK_LENGTH = 4 * 1024 * 1024

let done = false

/**
 * Has memory that was freed stay with the process, for the next buffers. The malloc of glibc gives the end of its heap back to the system as soon as
 * 128 KiB of it are free, and the system zeroes every page when it is taken again: with the 64 KiB buffers that OpenSSL's output comes in, that can
 * take longer than encrypting does. Once a larger block has been freed, malloc keeps twice as much (mallopt(3), M_MMAP_THRESHOLD). So one is
 * taken, never touched, and left to the garbage collector; a shared one, for V8 does not count it and need not collect because of it. Elsewhere
 * this does nothing, and where there is no room for the block, it is slower, and no failure.
 */
export function keepFreedMemory(): void {
  if (done) return
  done = true
  try {
    Reflect.construct(SharedArrayBuffer, [BLOCK_LENGTH])
  } catch {
    // Whoever is that short of memory has no use for it.
  }
}
