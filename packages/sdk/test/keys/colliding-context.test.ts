import { buffer } from 'node:stream/consumers'
import { EncryptionSdk, KmsDataKeyProvider, OpenApiKmsClient, type EncryptionContext, type KmsClient } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { ByteSource } from '../../src/bytes/byte-source.js'
import { decodeHeader, encodeHeader } from '../../src/message/header.js'
import { decodeMessage } from '../../src/message/message.js'
import { encodeStreamHeader, readStreamHeader } from '../../src/message/stream-message.js'
import { encodeMessage } from '../message/encode-message.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

// To KMS, as the vendor's SDK for instances shows it, these two contexts are one: `a=1&b=2`. What tells them apart is the message's own tag.

const written: EncryptionContext = { a: '1&b=2' }
const changed: EncryptionContext = { a: '1', b: '2' }
const text = Buffer.from('text')
const fixture = useCloud()

/** A KMS that joins contexts. */
function ambiguous(kms: KmsClient): KmsClient {
  const joined = (context: EncryptionContext): EncryptionContext => ({
    joined: Object.entries(context)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&'),
  })
  const joining = <Request extends { encryptionContext: EncryptionContext }>(request: Request): Request => ({
    ...request,
    encryptionContext: joined(request.encryptionContext),
  })
  return {
    generateDataKey: (request, options) => kms.generateDataKey(joining(request), options),
    encrypt: (request, options) => kms.encrypt(joining(request), options),
    decrypt: (request, options) => kms.decrypt(joining(request), options),
    reEncrypt: (request, options) => kms.reEncrypt(joining(request), options),
  }
}

const dataKeys = () =>
  new KmsDataKeyProvider(fixture.cmkArn, { kms: ambiguous(new OpenApiKmsClient(fixture.cloud.kmsOptions())) })

async function expectNoticed(read: Promise<unknown>): Promise<void> {
  expect(await rejection(read)).toMatchObject({ name: 'IntegrityError', code: 'IntegrityFailed' })
}

test('the two contexts are one to that KMS', async () => {
  const provider = dataKeys()
  const algorithm = { keySpec: 'AES_256', keyLength: 32 } as never
  const made = await provider.generateDataKey({ algorithm, encryptionContext: written })
  const { encryptedDataKeys } = made
  const opened = await provider.decryptDataKey({ algorithm, encryptionContext: changed, encryptedDataKeys })
  expect(opened).toEqual(made.dataKey)
})

test('a message whose context was changed is noticed', async () => {
  const sdk = new EncryptionSdk({ dataKeys: dataKeys() })
  const { message } = await sdk.encrypt(text, { encryptionContext: written })
  const { header, body } = decodeMessage(message)
  expect((await sdk.decrypt(encodeMessage({ header, body }))).plaintext).toEqual(new Uint8Array(text))
  await expectNoticed(sdk.decrypt(encodeMessage({ header: { ...header, encryptionContext: changed }, body })))
})

test('so is a stream', async () => {
  const sdk = new EncryptionSdk({ dataKeys: dataKeys() })
  const stream = await buffer(sdk.encryptStream({ encryptionContext: written }).end(text))
  const header = await readStreamHeader(
    new ByteSource(
      (async function* () {
        yield stream
      })(),
    ),
  )
  const rest = stream.subarray(encodeStreamHeader(header).length)
  const rejoined = (context: EncryptionContext) =>
    Buffer.concat([encodeStreamHeader({ ...header, encryptionContext: context }), rest])
  expect(await buffer(sdk.decryptStream().end(rejoined(written)))).toEqual(text)
  await expectNoticed(buffer(sdk.decryptStream().end(rejoined(changed))))
})

test.each(['gcm', 'floe'] as const)('and an object of the format %s', async (format) => {
  const client = new OssEncryptionClient({ store: fixture.oss, dataKeys: dataKeys() })
  await client.put('object', text, { format, encryptionContext: written })
  const { body, meta } = await readStored(fixture.oss, 'object')
  const [name, encoded] = Object.entries(meta).find(([each]) => each.endsWith('header'))!
  const header = decodeHeader(decodeBase64(encoded))
  const { a: _written, ...own } = header.encryptionContext
  const other = encodeHeader({ ...header, encryptionContext: { ...own, ...changed } })
  await writeStored(fixture.oss, 'object', { body, meta: { ...meta, [name]: encodeBase64(other) } })
  await expectNoticed(client.get('object'))
})
