// Downloads one object into a file in a process of its own, and says how much memory that took beyond the client itself.
// node download.mjs <name> <path> <settings as JSON>
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { memoryMib, peakMemoryMib } from '../../../../tools/peak-memory.mjs'

const [, , name = '', path = '', settings = '{}'] = process.argv
const { ossOptions, cmkArn, kms, getOptions } = JSON.parse(settings)
const client = new OssEncryptionClient({ store: new OSS(ossOptions), dataKeys: new KmsDataKeyProvider(cmkArn, kms) })

const idleRssMib = memoryMib()
process.stderr.write('ready\n')
const start = performance.now()
await client.get(name, path, getOptions)
const elapsedMs = Math.round(performance.now() - start)
const grownRssMib = Math.round(peakMemoryMib() - idleRssMib)
process.stdout.write(JSON.stringify({ idleRssMib: Math.round(idleRssMib), grownRssMib, elapsedMs }))
