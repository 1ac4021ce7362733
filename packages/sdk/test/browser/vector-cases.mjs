// The vectors of the Encryption SDKs, of the OSS SDKs and of FLOE, by the code of the conformance command.
import { KeyError } from 'osscrypt'
import { fromBase64, toBase64 } from '../../../../tools/conformance/bytes.mjs'
import * as encryptionSdk from '../../../../tools/conformance/encryption-sdk.mjs'
import * as floe from '../../../../tools/conformance/floe.mjs'
import * as ossSdkCse from '../../../../tools/conformance/oss-sdk-cse.mjs'
import { ask } from './report.mjs'

const kinds = [encryptionSdk, ossSdkCse, floe]

/** A page has no RSA key: its server unwraps, once for all ranges that are read.
 * @type {Map<string, Promise<string[] | null>>}
 */
const unwrapped = new Map()

/** @param {object} question */
function unwrap(question) {
  const known = JSON.stringify(question)
  const answer = unwrapped.get(known) ?? ask('unwrap', question)
  unwrapped.set(known, answer)
  return answer
}

const platform = {
  blockStep: 25,
  rsaDataKeys: (/** @type {string} */ privateKey) => ({
    generateDataKey: () => Promise.reject(new Error('not asked for here')),
    decryptDataKey: () => Promise.resolve(null),
    unwrapSecrets: async (/** @type {import('osscrypt').WrappedSecrets} */ { wrapAlgorithm, secrets }) => {
      const wrapped = secrets.map((secret) => ({ ...secret, wrapped: toBase64(secret.wrapped) }))
      const opened = await unwrap({ privateKey, wrapAlgorithm, secrets: wrapped })
      if (!opened) throw new KeyError('DataKeyUnavailable', 'not by this key')
      return opened.map(fromBase64)
    },
  }),
}

/** What came of each file: how many of its cases passed, and what went wrong with the others. */
export async function runVectors() {
  /** @type {Record<string, string>} */
  const results = {}
  for (const { file, content } of await ask('vectors', null)) {
    const kind = kinds.find(({ matches }) => matches(content))
    let passed = 0
    for (const { name, run } of kind?.cases(content, platform) ?? []) {
      try {
        await run()
        passed += 1
      } catch (error) {
        results[`${file}: ${name}`] = String(error)
      }
    }
    results[file] = `${passed} passed`
  }
  return results
}
