import { createDecipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { EncryptionSdk, type DataKeyProvider } from 'osscrypt'
import { expect, test } from 'vitest'
import { codeBlocks } from '../../tools/markdown.mjs'

const text = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8')
const example = codeBlocks(text).find(({ language }) => language === 'text')?.code ?? ''
const [message, context, authenticatedData] = example
  .split('\n\n')
  .map((part) => Buffer.from(part.slice(part.indexOf('\n')).replaceAll(/\s/g, ''), 'hex'))
const dataKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index))

/** The part of the message that a value's last bytes stand for. */
function after(hex: string, length: number): Buffer {
  const start = message!.indexOf(Buffer.from(hex, 'hex')) + hex.length / 2
  return message!.subarray(start, start + length)
}

test('the example of docs/FORMAT.md is a message of the library', async () => {
  const seen: unknown[] = []
  const dataKeys: DataKeyProvider = {
    generateDataKey: () => Promise.reject(new Error('nothing is encrypted')),
    decryptDataKey: ({ encryptedDataKeys }) => {
      seen.push(...encryptedDataKeys)
      return Promise.resolve(Uint8Array.from(dataKey))
    },
  }
  const { plaintext, encryption } = await new EncryptionSdk({ dataKeys }).decrypt(message!)
  expect(Buffer.from(plaintext).toString()).toBe('hello')
  expect(encryption).toEqual({
    algorithm: 'AES_GCM_NOPADDING_256',
    encryptionContext: { b: '2', aa: '1' },
    cmkArns: ['acs:kms:cn-hangzhou:1234567890123456:key/example'],
  })
  expect(seen).toHaveLength(1)
})

test('the example of docs/FORMAT.md can be read by what stands there alone', () => {
  const header = createDecipheriv('aes-256-gcm', dataKey, after('040131040c', 12))
  header.setAAD(authenticatedData!).setAuthTag(after('0731ff0410', 16))
  expect(header.final()).toHaveLength(0)
  const body = createDecipheriv('aes-256-gcm', dataKey, after('3027040c', 12))
  body.setAAD(context!).setAuthTag(after('f1da4e25d40410', 16))
  expect(Buffer.concat([body.update(after('f6250405', 5)), body.final()]).toString()).toBe('hello')
})
