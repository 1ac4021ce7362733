// Moves one object in parts in a process of its own, and says how much memory that took over the idle process.
// node multipart-transfer.mjs <idle | put-file | put-stream | get-file | ranges> <gcm | floe> <path> <settings as JSON>
import { Readable } from 'node:stream'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { memoryMib, peakMemoryMib } from '../../../../tools/peak-memory.mjs'

const [, , action = '', format = '', path = '', settings = '{}'] = process.argv
const { ossOptions, cmkArn, kms, length, temporaryFolder } = JSON.parse(settings)
const client = new OssEncryptionClient({
  store: new OSS({ ...ossOptions, timeout: '600s' }),
  dataKeys: new KmsDataKeyProvider(cmkArn, kms),
  temporaryFolder,
})
const name = `multipart-${format}`
const options = { format: /** @type {'gcm' | 'floe'} */ (format) }

/** Bytes that are made as they are read. */
function* generate() {
  for (let position = 0; position < length; position += 65_536) {
    yield Buffer.alloc(Math.min(65_536, length - position), position / 65_536)
  }
}

// The process at rest, with everything loaded that one small object needs.
await client.put('idle', Buffer.alloc(1000), options)
await client.get('idle')
const idleMb = memoryMib()
const start = performance.now()
if (action === 'put-file') await client.put(name, path, options)
else if (action === 'put-stream') await client.put(name, Readable.from(generate(), { objectMode: false }), options)
else if (action === 'get-file') await client.get(name, path)
else if (action === 'ranges') {
  for (let index = 0; index < 20; index += 1) {
    const first = Math.floor((length - 100_000) * (index / 19))
    const { content } = await client.getRange(name, { start: first, end: first + 99_999 })
    for (const at of [0, 50_000, 99_999]) {
      if (content[at] !== Math.floor((first + at) / 65_536) % 256)
        throw new Error(`wrong byte at ${String(first + at)}`)
    }
  }
}
const elapsedMs = Math.round(performance.now() - start)
const peakMb = peakMemoryMib()
process.stdout.write(
  JSON.stringify({ idleMb: Math.round(idleMb), growthMb: Math.round(peakMb - idleMb), elapsedMs, action, format }),
)
