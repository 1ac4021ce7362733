import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { toWritable } from '../chunks.mjs'

/**
 * No encryption at all: a stream that is held in a temporary file before anything of it is given out. It is the limit of whatever has to see the
 * tag, which comes last, first.
 *
 * @returns {Pick<import('./contestant.js').Contestant, 'name' | 'encryptStream' | 'decryptStream'>}
 */
export function createTemporaryFile() {
  return {
    name: 'a temporary file, written and read',

    async encryptStream(source, sink) {
      for await (const chunk of source) sink(chunk)
    },

    async decryptStream(source, sink) {
      const path = join(tmpdir(), `osscrypt-bench-${randomUUID()}`)
      try {
        await pipeline(source, createWriteStream(path, { mode: 0o600, highWaterMark: 2 ** 19 }))
        await pipeline(createReadStream(path, { highWaterMark: 2 ** 18 }), toWritable(sink))
      } finally {
        await rm(path, { force: true })
      }
    },
  }
}
