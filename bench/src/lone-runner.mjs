// As a program that forkProgram runs: jobs in one process, without Redis.
import { OssEncryptionClient } from 'osscrypt/oss'
import { runJob } from 'osscrypt-jobs'
import { forkProgram, serveParent } from './forked-program.mjs'
import { createDataKeys, createStore } from './local-cloud.mjs'

/** @typedef {{ cloud: import('./local-cloud.mjs').Cloud; jobs: number }} Options */
/** @typedef {{ spec: import('osscrypt-jobs').JobSpec; folder: string }} Question */

/**
 * Starts a process that runs jobs.
 *
 * @param {Options} options `jobs`: objects at a time.
 */
export async function startLoneRunner(options) {
  const { ask, close } = await forkProgram(import.meta.url, options)
  /** @type {(question: Question) => Promise<{ seconds: number; done: number }>} */
  const run = ask
  return { run, close }
}

await serveParent(import.meta.url, async (/** @type {Options} */ { cloud, jobs }) => {
  const bucket = createStore(cloud)
  const client = new OssEncryptionClient({ store: bucket, dataKeys: createDataKeys(cloud) })
  return {
    started: {},
    answer: async (/** @type {Question} */ { spec, folder }) => {
      const startMs = performance.now()
      const { totals } = await runJob(spec, { client, bucket, folder, jobs })
      return { seconds: (performance.now() - startMs) / 1000, done: totals.done.objects }
    },
    close: () => process.exit(),
  }
})
