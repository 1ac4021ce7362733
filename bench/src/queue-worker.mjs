// As a program that forkProgram runs: a worker of jobs over Redis.
import { OssEncryptionClient } from 'osscrypt/oss'
import { runWorker } from 'osscrypt-jobs/queue'
import { forkProgram, serveParent } from './forked-program.mjs'
import { createDataKeys, createStore } from './local-cloud.mjs'

/** @typedef {{ cloud: import('./local-cloud.mjs').Cloud; url: string; jobs: number }} Options */

/**
 * Starts a worker in a process of its own, which ends when it is closed.
 *
 * @param {Options} options `jobs`: objects at a time.
 */
export function startQueueWorker(options) {
  return forkProgram(import.meta.url, options)
}

await serveParent(import.meta.url, async (/** @type {Options} */ { cloud, url, jobs }) => {
  const bucket = createStore(cloud)
  const client = new OssEncryptionClient({ store: bucket, dataKeys: createDataKeys(cloud) })
  const end = new AbortController()
  const ended = runWorker({ url }, { workplaceOf: () => ({ client, bucket }), jobs, signal: end.signal })
  return {
    started: {},
    answer: () => ({}),
    close: () => {
      end.abort()
      void ended.then(() => process.exit())
    },
  }
})
