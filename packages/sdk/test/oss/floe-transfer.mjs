// Puts a floe object from a stream and reads it as a stream, in a process of its own, and says how much memory that took.
// node floe-transfer.mjs <settings as JSON>
import { Readable } from 'node:stream'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { memoryMib, peakMemoryMib } from '../../../../tools/peak-memory.mjs'

const { ossOptions, cmkArn, kms, length, temporaryFolder } = JSON.parse(process.argv[2] ?? '{}')
const client = new OssEncryptionClient({
  store: new OSS(ossOptions),
  dataKeys: new KmsDataKeyProvider(cmkArn, kms),
  temporaryFolder,
})

const PIECE = 65_536
/** @param {number} position */
const pieceAt = (position) => Buffer.alloc(Math.min(PIECE, length - position), (position / PIECE) % 251)

function* generate() {
  for (let position = 0; position < length; position += PIECE) yield pieceAt(position)
}

await client.put('warm', Buffer.from('warm'), { format: 'floe' })
await client.get('warm')
const idleMb = Math.round(memoryMib())

await client.put('stream', Readable.from(generate(), { objectMode: false }), { format: 'floe' })
const { stream } = await client.getStream('stream')
let bytes = 0
let right = true
for await (const chunk of stream) {
  for (let at = 0; at < chunk.length; at += 4096) {
    right &&= chunk[at] === Math.floor((bytes + at) / PIECE) % 251
  }
  bytes += chunk.length
}
const maxRssMb = Math.round(peakMemoryMib())
process.stdout.write(JSON.stringify({ idleMb, maxRssMb, bytes, right }))
