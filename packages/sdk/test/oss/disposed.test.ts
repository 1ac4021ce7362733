import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { describeHeader, makeHeader } from '../../src/keys/verified-header.js'
import { loadWritableFormat } from '../../src/format/formats.js'
import { openSource } from '../../src/source/node-source.js'

const options = { memoryLimit: 1000, partLength: 100 * 1024 }

async function envelope(name: 'AES_GCM_NOPADDING_256' | 'FLOE') {
  const dataKey = randomBytes(32)
  const fields = { algorithm: algorithmByName(name), encryptionContext: {}, encryptedDataKeys: [] }
  const header = await makeHeader(fields, dataKey)
  return { header, dataKey, encryption: describeHeader(header) }
}

// Whoever disposes of an object zeroes its key. A part that is sent late must not go out encrypted under zeroes.
test.each([
  ['gcm', 'AES_GCM_NOPADDING_256'],
  ['message-body', 'AES_GCM_NOPADDING_256'],
  ['floe', 'FLOE'],
] as const)('%s: nothing is encrypted once the object was disposed of', async (format, name) => {
  const source = await openSource(randomBytes(3_000_000))
  const key = await envelope(name)
  const object = await (await loadWritableFormat(format)).seal(source, key, options)
  const parts = []
  for await (const part of object.parts()) parts.push(part)
  expect(parts.length).toBeGreaterThan(1)
  await expect(buffer(parts[0]!.open())).resolves.toHaveLength(parts[0]!.length)
  await object.dispose()
  for (const part of parts) await expect(buffer(part.open())).rejects.toThrow(TypeError)
  await expect(buffer(object.whole().open())).rejects.toThrow(TypeError)
})
