import { readFileSync } from 'node:fs'
import { EncryptionSdk } from 'osscrypt'
import { expect, test } from 'vitest'
import { encodeContext } from '../../src/message/encryption-context.js'
import { decodeMessage } from '../../src/message/message.js'
import { encodeAuthenticatedFields } from '../../src/message/header.js'

// The example in docs/FORMAT.md is what this library reads.

const format = readFileSync(new URL('../../../../docs/FORMAT.md', import.meta.url), 'utf8')
const [message, context, authenticated] = format
  .split('```text\n')[1]!
  .split('```')[0]!
  .split('\n\n')
  .map((block) => Buffer.from(block.replace(/^[a-z].*\n/, '').replace(/\s/g, ''), 'hex'))
const encryptionContext = { b: '2', aa: '1' }

test('the message decrypts to what it says', async () => {
  const dataKey = Uint8Array.from({ length: 32 }, (_, index) => index)
  const refuse = () => Promise.reject(new Error('not asked for here'))
  const sdk = new EncryptionSdk({
    dataKeys: { generateDataKey: refuse, decryptDataKey: () => Promise.resolve(dataKey) },
  })
  const { plaintext, encryption } = await sdk.decrypt(message!)
  expect(Buffer.from(plaintext).toString()).toBe('hello')
  expect(encryption).toMatchObject({ algorithm: 'AES_GCM_NOPADDING_256', encryptionContext })
})

test('the context and the authenticated data are those of the message', () => {
  expect(Buffer.from(encodeContext(encryptionContext))).toEqual(context)
  expect(Buffer.from(encodeAuthenticatedFields(decodeMessage(message!).header))).toEqual(authenticated)
})
