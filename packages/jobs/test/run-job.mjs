// Runs a job in a process of its own, which may be killed at any moment: node run-job.mjs <settings as JSON>
import OSS from 'ali-oss'
import { fullJitter, KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { runJob } from 'osscrypt-jobs'
import { peakMemoryMib } from '../../../tools/peak-memory.mjs'

const { spec, folder, oss, cmkArns, kms, jobs } = JSON.parse(process.argv[2] ?? '')
const retry = fullJitter({ maxAttempts: 8, baseDelayMs: 5, maxDelayMs: 50 })
const bucket = new OSS(oss)
const client = new OssEncryptionClient({
  store: bucket,
  dataKeys: new KmsDataKeyProvider(cmkArns, { ...kms, retry }),
  retry,
})
console.warn = () => undefined
const { totals } = await runJob(spec, { client, bucket, folder, jobs })
console.log(JSON.stringify({ totals, peakMib: Math.round(peakMemoryMib()) }))
