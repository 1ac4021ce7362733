import { pipeline } from 'node:stream/promises'
import { createFloe, decryptFloe, encryptFloe, FLOE_HEADER_LENGTH, openFloe } from 'osscrypt/floe'
import { describe, expect, test } from 'vitest'
import { memorySdk } from './memory-sdk.js'

const block = Buffer.alloc(1024 * 1024, 7)
/** Long enough to take many times what the event loop is kept waiting at most. */
const BLOCKS = 64

/** A source that never waits. */
async function* blocks() {
  for (let index = 0; index < BLOCKS; index += 1) yield block
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const taken: Buffer[] = []
  for await (const chunk of chunks) taken.push(Buffer.from(chunk))
  return taken
}

/** How many turns the event loop has while something is done. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let timer = setImmediate(function count() {
    turns += 1
    timer = setImmediate(count)
  })
  await work()
  clearImmediate(timer)
  return turns
}

describe('the event loop has its turn while bytes are at hand', () => {
  const { sdk } = memorySdk()

  test('messages', async () => {
    let message = Buffer.alloc(0) as Uint8Array
    const plaintext = Buffer.alloc(BLOCKS * block.length)
    expect(
      await countTurns(async () => {
        message = (await sdk.encrypt(plaintext)).message
      }),
    ).toBeGreaterThan(0)
    expect(await countTurns(() => sdk.decrypt(message))).toBeGreaterThan(0)
  })

  test('streams', async () => {
    const sink = async (chunks: AsyncIterable<Uint8Array>) => {
      let length = 0
      for await (const chunk of chunks) length += chunk.length
      expect(length).toBeGreaterThan(BLOCKS * block.length)
    }
    expect(await countTurns(() => pipeline(blocks, sdk.encryptStream(), sink))).toBeGreaterThan(0)
  })

  test('floe', async () => {
    const key = Buffer.alloc(32, 1)
    const [header, ...segments] = await drain(encryptFloe(await createFloe(key, Buffer.alloc(0)), blocks()))
    expect(header).toHaveLength(FLOE_HEADER_LENGTH)
    async function* source() {
      yield* segments
    }
    const encrypt = async () => drain(encryptFloe(await createFloe(key, Buffer.alloc(0)), blocks()))
    expect(await countTurns(encrypt)).toBeGreaterThan(0)
    const cipher = await openFloe(key, Buffer.alloc(0), header!)
    expect(await countTurns(() => drain(decryptFloe(cipher, source())))).toBeGreaterThan(0)
  })
})
