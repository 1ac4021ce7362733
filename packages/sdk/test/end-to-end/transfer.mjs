// Moves one object in a process of its own, and says how much memory that took over the idle process.
// node transfer.mjs <put-file | put-stream | get-file | get-stream> <name> <path> <settings as JSON>
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { memoryMib, peakMemoryMib } from '../../../../tools/peak-memory.mjs'

const [, , action = '', name = '', path = '', settings = '{}'] = process.argv
const { ossOptions, cmkArn, kms, length, temporaryFolder } = JSON.parse(settings)
const client = new OssEncryptionClient({
  store: new OSS(ossOptions),
  dataKeys: new KmsDataKeyProvider(cmkArn, kms),
  temporaryFolder,
})

/** Bytes that are made as they are read. */
function* generate() {
  for (let position = 0; position < length; position += 65_536) {
    yield Buffer.alloc(Math.min(65_536, length - position), position / 65_536)
  }
}

const idleMb = memoryMib()
let bytes = 0
let checksum = 0
const start = performance.now()
if (action === 'put-file') await client.put(name, path)
else if (action === 'put-stream') await client.put(name, Readable.from(generate(), { objectMode: false }))
else if (action === 'put-file-stream') await client.put(name, createReadStream(path))
else if (action === 'get-file') await client.get(name, path)
else {
  const { stream } = await client.getStream(name)
  for await (const chunk of stream) {
    bytes += chunk.length
    checksum = (checksum * 31 + chunk[0] + chunk[chunk.length - 1]) % 1_000_003
  }
}
const elapsedMs = Math.round(performance.now() - start)
process.stdout.write(JSON.stringify({ growthMb: Math.round(peakMemoryMib() - idleMb), elapsedMs, bytes, checksum }))
