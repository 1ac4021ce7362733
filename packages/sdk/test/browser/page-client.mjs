// A client as a page has one: signed URLs and KMS through its own backend.
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient, PresignedStore } from 'osscrypt/oss'
import { fromBase64, toBase64 } from '../../../../tools/conformance/bytes.mjs'
import { ask } from './report.mjs'

/** @typedef {import('osscrypt').KmsClient} KmsClient */

/** @param {string} operation */
const asking = (operation) => async (/** @type {any} */ request) => {
  const encoded = JSON.stringify(request, (_name, each) =>
    each instanceof Uint8Array ? { base64: toBase64(each) } : each,
  )
  const answer = await ask('kms', { operation, request: encoded })
  return JSON.parse(answer, (_name, each) => (typeof each?.base64 === 'string' ? fromBase64(each.base64) : each))
}

const kms = /** @type {KmsClient} */ (
  /** @type {unknown} */ (
    Object.fromEntries(['generateDataKey', 'decrypt', 'encrypt', 'reEncrypt'].map((name) => [name, asking(name)]))
  )
)

/** @type {string[]} */
export const cmkArns = []

/** Asks for the CMKs, before anything is done with them: a worker's server may ask nothing while it loads its program. */
export async function readSettings() {
  /** @type {{ readonly cmkArns: readonly string[] }} */
  const settings = await ask('settings', null)
  cmkArns.splice(0, Infinity, ...settings.cmkArns)
}

/** @param {string} cmkArn */
export const dataKeysOf = (cmkArn) => new KmsDataKeyProvider(cmkArn, { kms })

/** @param {Partial<import('osscrypt/oss').OssEncryptionClientOptions> & { fetch?: typeof fetch }} options */
export function makeClient({ fetch = (...given) => globalThis.fetch(...given), ...options } = {}) {
  const store = new PresignedStore({
    sign: ({ signal: _signal, ...request }) => ask('sign', request),
    fetch,
  })
  const dataKeys = dataKeysOf(cmkArns[0] ?? '')
  return new OssEncryptionClient({ store, dataKeys, multipartThreshold: 400_000, idleTimeoutMs: 5000, ...options })
}
