// Works on the jobs of a queue in a process of its own, which may be killed at any moment: node run-queue-worker.mjs <settings as JSON>
import OSS from 'ali-oss'
import { fullJitter, KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { runWorker } from 'osscrypt-jobs/queue'
import { peakMemoryMib } from '../../../tools/peak-memory.mjs'

const { address, oss, cmkArns, kms, ...options } = JSON.parse(process.argv[2] ?? '')
const retry = fullJitter({ maxAttempts: 8, baseDelayMs: 5, maxDelayMs: 50 })
const bucket = new OSS(oss)
const client = new OssEncryptionClient({
  store: bucket,
  dataKeys: new KmsDataKeyProvider(cmkArns, { ...kms, retry }),
  retry,
})
console.warn = () => undefined
const end = new AbortController()
process.once('SIGTERM', () => end.abort())
await runWorker(address, {
  workplaceOf: (spec) => (spec.bucket === oss.bucket ? { client, bucket } : undefined),
  signal: end.signal,
  notify: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  ...options,
})
console.log(JSON.stringify({ type: 'memory', peakMib: Math.round(peakMemoryMib()) }))
