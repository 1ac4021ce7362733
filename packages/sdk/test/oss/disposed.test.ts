import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { encryptFloeObject } from '../../src/oss/encrypt-floe-object.js'
import { encryptObject } from '../../src/oss/encrypt-object.js'
import { openSource } from '../../src/oss/put-source.js'

const options = { checkCrc64: true, memoryLimit: 1000, partLength: 100 * 1024 }

async function envelope(name: 'AES_GCM_NOPADDING_256' | 'FLOE') {
  const header = {
    algorithm: algorithmByName(name),
    encryptionContext: {},
    encryptedDataKeys: [],
    headerIv: new Uint8Array(0),
    headerAuthTag: new Uint8Array(0),
  }
  return { header, dataKey: randomBytes(32) }
}

// Whoever disposes of an object zeroes its key. A part that is sent late must not go out encrypted under zeroes.
test.each([
  ['AES_GCM_NOPADDING_256', encryptObject],
  ['FLOE', encryptFloeObject],
] as const)('%s: nothing is encrypted once the object was disposed of', async (name, encrypt) => {
  const source = await openSource(randomBytes(3_000_000))
  const object = await encrypt(source, await envelope(name), options)
  const parts = []
  for await (const part of object.parts()) parts.push(part)
  expect(parts.length).toBeGreaterThan(1)
  await expect(buffer(parts[0]!.body.open())).resolves.toHaveLength(parts[0]!.body.length)
  await object.dispose()
  for (const part of parts) await expect(buffer(part.body.open())).rejects.toThrow(TypeError)
  await expect(buffer(object.whole().body.open())).rejects.toThrow(TypeError)
})
