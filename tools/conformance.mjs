// npm run -s conformance -- FILE.json [--emit OUT.json]
// Runs each case of a vector file through the public API; see the vectors' own README for the shapes.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { RsaDataKeyProvider } from 'osscrypt'
import * as encryptionSdk from './conformance/encryption-sdk.mjs'
import * as floe from './conformance/floe.mjs'
import * as ossSdkCse from './conformance/oss-sdk-cse.mjs'

const kinds = [encryptionSdk, ossSdkCse, floe]
const platform = { rsaDataKeys: (/** @type {string} */ privateKey) => new RsaDataKeyProvider({ privateKey }) }

process.exitCode = await main()

async function main() {
  let file, out
  try {
    const { values, positionals } = parseArgs({ options: { emit: { type: 'string' } }, allowPositionals: true })
    ;[file] = positionals
    out = values.emit
  } catch (error) {
    return usage(messageOf(error))
  }
  if (file === undefined) return usage('no file given')
  let content
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return usage(`${file}: ${messageOf(error)}`)
  }
  const kind = kinds.find(({ matches }) => matches(content))
  if (!kind) return usage(`${file} is of no known shape`)

  let passed = 0
  let failed = 0
  /** @param {string} name @param {unknown} error */
  const fail = (name, error) => {
    failed += 1
    console.log(`FAIL ${name}: ${messageOf(error)}`)
  }
  for (const { name, run } of kind.cases(content, platform)) {
    try {
      await run()
      passed += 1
      console.log(`pass ${name}`)
    } catch (error) {
      fail(name, error)
    }
  }
  if (out !== undefined) {
    try {
      const emitted = await kind.emit(content, (name, error) => fail(`emit ${name}`, error))
      writeFileSync(out, `${JSON.stringify(emitted, null, 1)}\n`)
    } catch (error) {
      fail('emit', error)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/** @param {string} problem */
function usage(problem) {
  console.error(`${problem}\nusage: npm run -s conformance -- FILE.json [--emit OUT.json]`)
  return 2
}
