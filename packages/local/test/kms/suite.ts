import { describe, expect, test } from 'vitest'
import { type KmsAnswer, type KmsTarget, callKms, failureOf } from './call-kms.js'

/** What the suite is pointed at: a KMS, and a symmetric key there that the credentials may use. */
export interface KmsSuiteTarget extends KmsTarget {
  readonly region: string
  /** The ARN of the key. */
  readonly keyId: string
}

const missingKeyId = '00000000-0000-4000-8000-000000000000'

/** What holds for every KMS: the local one has to pass it, and the real one is to be asked now and then. */
export function kmsSuite(name: string, target: KmsSuiteTarget): void {
  const bareId = target.keyId.slice(target.keyId.lastIndexOf('/') + 1)
  const call = (action: string, parameters: object = {}): Promise<KmsAnswer> => callKms(target, action, parameters)
  const context = (entries: object): string => JSON.stringify(entries)

  describe(`KMS: ${name}`, () => {
    test('DescribeKey tells about a key by its ARN', async () => {
      const { KeyMetadata, RequestId } = await call('DescribeKey', { KeyId: target.keyId })
      expect(RequestId).toMatch(/^[0-9A-Fa-f-]{36}$/)
      expect(KeyMetadata).toMatchObject({
        KeyId: bareId,
        Arn: target.keyId,
        KeyState: 'Enabled',
        KeyUsage: 'ENCRYPT/DECRYPT',
      })
    })

    test.each([
      [{ KeySpec: 'AES_256' }, 32],
      [{ KeySpec: 'AES_128' }, 16],
      [{}, 32],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 16 }, 16],
      [{ NumberOfBytes: 1024 }, 1024],
      [{ KeySpec: 'AES_128', NumberOfBytes: 24 }, 24],
      // OSS's Java SDK asks so for the key of SM4.
      [{ KeySpec: 'SM4_128', NumberOfBytes: 16 }, 16],
    ])('GenerateDataKey %j gives %i bytes that Decrypt gives again', async (parameters, length) => {
      const key = await call('GenerateDataKey', { KeyId: target.keyId, ...parameters })
      expect(Buffer.from(key.Plaintext, 'base64')).toHaveLength(length)
      expect(Buffer.from(key.CiphertextBlob, 'base64').toString('latin1').slice(0, 36)).toBe(key.KeyVersionId)
      const again = await call('Decrypt', { CiphertextBlob: key.CiphertextBlob })
      expect(again).toMatchObject({ Plaintext: key.Plaintext, KeyId: bareId, KeyVersionId: key.KeyVersionId })
    })

    test('two data keys differ', async () => {
      const one = await call('GenerateDataKey', { KeyId: target.keyId })
      const two = await call('GenerateDataKey', { KeyId: target.keyId })
      expect(one.Plaintext).not.toBe(two.Plaintext)
      expect(one.CiphertextBlob).not.toBe(two.CiphertextBlob)
    })

    test('GenerateDataKeyWithoutPlaintext keeps the plaintext to itself', async () => {
      const key = await call('GenerateDataKeyWithoutPlaintext', { KeyId: target.keyId, KeySpec: 'AES_256' })
      expect(key).not.toHaveProperty('Plaintext')
      const { Plaintext } = await call('Decrypt', { CiphertextBlob: key.CiphertextBlob })
      expect(Buffer.from(Plaintext, 'base64')).toHaveLength(32)
    })

    test.each([1, 100, 4096])('Encrypt and Decrypt carry %i bytes', async (length) => {
      const Plaintext = Buffer.alloc(length, 7).toString('base64')
      const { CiphertextBlob, KeyId } = await call('Encrypt', { KeyId: target.keyId, Plaintext })
      expect(KeyId).toBe(bareId)
      expect(await call('Decrypt', { CiphertextBlob })).toMatchObject({ Plaintext, KeyId: bareId })
    })

    test('the order of the context does not matter', async () => {
      const EncryptionContext = context({ a: '1', 'ключ ✓': "*!'()~ +%&=", b: '2' })
      const key = await call('GenerateDataKey', { KeyId: target.keyId, EncryptionContext })
      const other = context({ b: '2', 'ключ ✓': "*!'()~ +%&=", a: '1' })
      const again = await call('Decrypt', { CiphertextBlob: key.CiphertextBlob, EncryptionContext: other })
      expect(again.Plaintext).toBe(key.Plaintext)
    })

    test.each([
      ['none', undefined],
      ['another value', { a: '2' }],
      ['another name', { b: '1' }],
      ['one more entry', { a: '1', b: '2' }],
    ])('Decrypt refuses another context: %s', async (_, entries) => {
      const key = await call('GenerateDataKey', { KeyId: target.keyId, EncryptionContext: context({ a: '1' }) })
      const EncryptionContext = entries === undefined ? undefined : context(entries)
      await expect(call('Decrypt', { CiphertextBlob: key.CiphertextBlob, EncryptionContext })).rejects.toMatchObject({
        data: { statusCode: 400 },
      })
    })

    test('ReEncrypt changes the context and not the plaintext', async () => {
      const from = context({ from: 'here' })
      const to = context({ to: 'there' })
      const key = await call('GenerateDataKey', { KeyId: target.keyId, EncryptionContext: from })
      const moved = await call('ReEncrypt', {
        CiphertextBlob: key.CiphertextBlob,
        SourceEncryptionContext: from,
        DestinationKeyId: target.keyId,
        DestinationEncryptionContext: to,
      })
      expect(moved.KeyId).toBe(bareId)
      const again = await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: to })
      expect(again.Plaintext).toBe(key.Plaintext)
      await expect(call('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: from })).rejects.toThrow()
    })

    test('parameters may come as a form', async () => {
      const key = await callKms(target, 'GenerateDataKey', { KeyId: target.keyId }, { asForm: true })
      const again = await callKms(target, 'Decrypt', { CiphertextBlob: key.CiphertextBlob }, { asForm: true })
      expect(again.Plaintext).toBe(key.Plaintext)
    })

    test('the old signature is accepted', async () => {
      const { KeyMetadata } = await callKms(target, 'DescribeKey', { KeyId: target.keyId }, { signature: 'v1' })
      expect(KeyMetadata).toMatchObject({ Arn: target.keyId })
    })

    test.each([
      ['GenerateDataKey', { KeyId: missingKeyId }, 'Forbidden.KeyNotFound', 404],
      ['GenerateDataKey', { KeyId: 'alias/osscrypt-is-not-there' }, 'Forbidden.AliasNotFound', 404],
      ['GenerateDataKey', { KeyId: target.keyId, NumberOfBytes: 0 }, 'InvalidParameter', 400],
      ['GenerateDataKey', { KeyId: target.keyId, NumberOfBytes: 1025 }, 'InvalidParameter', 400],
      ['GenerateDataKey', { KeyId: target.keyId, KeySpec: 'AES_512' }, 'InvalidParameter', 400],
      ['GenerateDataKey', { KeyId: target.keyId, KeySpec: 'constructor' }, 'InvalidParameter', 400],
      ['GenerateDataKey', { KeyId: target.keyId, EncryptionContext: '{"a":1}' }, 'InvalidParameter', 400],
      ['GenerateDataKey', { KeyId: target.keyId, EncryptionContext: 'a' }, 'InvalidParameter', 400],
      [
        'GenerateDataKey',
        { KeyId: target.keyId, EncryptionContext: context({ a: 'x'.repeat(8192) }) },
        'InvalidParameter',
        400,
      ],
      ['DescribeKey', { KeyId: missingKeyId }, 'Forbidden.KeyNotFound', 404],
    ])('%s %j is refused with %s', async (action, parameters, code, statusCode) => {
      const error = await failureOf(call(action, parameters))
      expect(error).toMatchObject({ code, data: { statusCode, Code: code } })
      expect(error).toHaveProperty('data.RequestId')
      expect(error).toHaveProperty('data.HostId')
      expect(error).toHaveProperty('data.Recommend')
    })

    test('the message names the parameter that is wrong or missing, in quotes', async () => {
      await expect(call('GenerateDataKey', { KeyId: target.keyId, NumberOfBytes: 0 })).rejects.toMatchObject({
        data: { Message: expect.stringContaining('"NumberOfBytes"') as string },
      })
      await expect(call('GenerateDataKey')).rejects.toMatchObject({
        data: { Message: expect.stringContaining('"KeyId"') as string },
      })
    })

    test('a wrong secret is refused', async () => {
      const credentials = { ...target.credentials, accessKeySecret: 'wrong' }
      const error = await failureOf(callKms({ ...target, credentials }, 'ListKeys'))
      expect(error).toMatchObject({ data: { statusCode: 400 } })
      expect((error as { code: string }).code).toMatch(/^(SignatureDoesNotMatch|IncompleteSignature)$/)
    })

    test('an unknown access key is refused', async () => {
      const credentials = { accessKeyId: 'osscrypt-is-not-there', accessKeySecret: 'x' }
      await expect(callKms({ ...target, credentials }, 'ListKeys')).rejects.toMatchObject({
        code: 'InvalidAccessKeyId.NotFound',
      })
    })

    test('an unknown operation is refused', async () => {
      await expect(call('OsscryptIsNotThere')).rejects.toMatchObject({ data: { statusCode: 404 } })
    })
  })
}
