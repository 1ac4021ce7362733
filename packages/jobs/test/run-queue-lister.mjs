// Starts a job, or goes on with it, in a process of its own, which may be killed at any moment: node run-queue-lister.mjs <settings as JSON>
import OSS from 'ali-oss'
import { openQueue, startJob } from 'osscrypt-jobs/queue'

const { address, oss, spec, pageLength, ...options } = JSON.parse(process.argv[2] ?? '')
const store = new OSS(oss)
/** OSS with shorter pages. */
const bucket = Object.assign(Object.create(store), {
  listV2: (/** @type {object} */ query, /** @type {object} */ more) =>
    store.listV2({ ...query, 'max-keys': String(pageLength) }, more),
})
console.warn = () => undefined
const queue = await openQueue(address)
await startJob(queue, spec, { bucket, ...options })
await queue.close()
