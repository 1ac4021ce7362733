// As a program that forkProgram runs: a local cloud, which says where it is.
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'
import { forkProgram, serveParent } from './forked-program.mjs'

const BUCKET = 'bench'

/**
 * Where a cloud is; plain data, to be handed to other processes.
 *
 * @typedef {{
 *   ossOptions: import('osscrypt-local').LocalOssOptions
 *   kmsEndpoint: string
 *   credentials: { accessKeyId: string; accessKeySecret: string }
 *   cmkArn: string
 * }} Cloud
 */

/**
 * How many requests each service got.
 *
 * @typedef {{ oss: number; kms: number }} RequestCounts
 */

/**
 * Starts a local cloud in a process of its own, whose work is not this one's.
 *
 * @param {{ folder?: string }} [options] Where it keeps the objects; a temporary folder when left out.
 * @returns {Promise<{
 *   cloud: Cloud
 *   takeRequestCounts: () => Promise<RequestCounts>
 *   readProcessorMs: () => Promise<number>
 *   close: () => Promise<void>
 * }>} `takeRequestCounts`: the requests since the last time, of which there may be at most 10 000; `readProcessorMs`: how long it has kept
 *   processors busy.
 */
export async function startCloud(options = {}) {
  const { started, ask, ...rest } = await forkProgram(import.meta.url, options)
  return { cloud: started, takeRequestCounts: ask, ...rest }
}

/** @param {Cloud} cloud */
export function createStore({ ossOptions }) {
  return new OSS({ ...ossOptions, timeout: '600s' })
}

/** @param {Cloud} cloud */
export function createDataKeys({ cmkArn, kmsEndpoint: endpoint, credentials }) {
  return new KmsDataKeyProvider(cmkArn, { endpoint, credentials })
}

await serveParent(import.meta.url, async (/** @type {{ folder?: string }} */ options) => {
  const local = await startLocalCloud({ ...options, buckets: [BUCKET] })
  /** @type {Cloud} */
  const started = {
    ossOptions: local.ossOptions(BUCKET),
    kmsEndpoint: local.kms.endpoint,
    credentials: local.credentials,
    cmkArn: await local.createKey(),
  }
  /** @returns {RequestCounts} */
  const answer = () => {
    const { requests } = local
    const oss = requests.filter(({ service }) => service === 'oss').length
    const kms = requests.length - oss
    local.clearRequests()
    return { oss, kms }
  }
  return { started, answer, close: () => void local.close() }
})
