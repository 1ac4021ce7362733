// How often, and when, KMS is asked again: the default, none, and a policy of one's own.
import assert from 'node:assert/strict'
import { EncryptionSdk, fullJitter, KmsDataKeyProvider, noRetry, ServiceError } from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'

const cloud = await startLocalCloud()
try {
  const cmk = await cloud.createKey()
  const kms = { endpoint: cloud.kms.endpoint, credentials: cloud.credentials }

  /** @param {import('osscrypt').RetryPolicy} retry @param {number} failures */
  const attemptsWith = async (retry, failures) => {
    const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, { ...kms, retry }) })
    cloud.faults.clear()
    cloud.faults.add({ service: 'kms', operation: 'GenerateDataKey', times: failures, effect: { kind: 'throttle' } })
    cloud.clearRequests()
    const error = await sdk.encrypt(Buffer.from('x')).then(
      () => undefined,
      (/** @type {unknown} */ thrown) => thrown,
    )
    assert(error === undefined || (error instanceof ServiceError && error.code === 'Throttled'))
    console.log(`${cloud.requests.length} attempts: ${error === undefined ? 'succeeded' : error.message}`)
    return cloud.requests.length
  }

  assert.equal(await attemptsWith(fullJitter({ maxAttempts: 5, baseDelayMs: 20, maxDelayMs: 1000 }), 2), 3)
  assert.equal(await attemptsWith(noRetry, 2), 1)

  // What BackoffStrategy of the SDK for Java waits: no jitter, 200 ms * 2^n, at most 10 s; here a hundredth of it.
  const doubling = { maxAttempts: 5, delayMs: (/** @type {number} */ attempt) => Math.min(100, 2 ** (attempt - 1) * 2) }
  assert.equal(await attemptsWith(doubling, 4), 5)
} finally {
  await cloud.close()
}
