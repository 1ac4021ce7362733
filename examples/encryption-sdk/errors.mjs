// What goes wrong, told apart. The Encryption SDKs for Java and Python answer most of these in the same way.
import assert from 'node:assert/strict'
import {
  EncryptionSdk,
  FormatError,
  IntegrityError,
  KeyError,
  KmsDataKeyProvider,
  ServiceError,
  noRetry,
} from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'

const cloud = await startLocalCloud()
try {
  const [mine, other] = [await cloud.createKey(), await cloud.createKey()]
  const kms = { endpoint: cloud.kms.endpoint, credentials: cloud.credentials, retry: noRetry }
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(mine, kms) })
  const { message } = await sdk.encrypt(Buffer.from('Hello World'))

  /**
   * @param {string} what
   * @param {new (...args: never[]) => import('osscrypt').OsscryptError} type
   * @param {string} code
   * @param {readonly string[]} calls of KMS that were made
   * @param {Uint8Array} bytes
   * @param {EncryptionSdk} [reader]
   */
  const refuses = async (what, type, code, calls, bytes, reader = sdk) => {
    cloud.clearRequests()
    await assert.rejects(reader.decrypt(bytes), (error) => error instanceof type && error.code === code)
    assert.deepEqual(
      cloud.requests.map(({ operation }) => operation),
      calls,
    )
    console.log(`${what}: ${type.name} ${code}, KMS asked ${calls.length} times`)
  }
  const changed = Uint8Array.from(message)
  changed.set([(message.at(-1) ?? 0) ^ 1], message.length - 1)

  await refuses('not a message', FormatError, 'InvalidFormat', [], message.subarray(1))
  await refuses('bytes after its end', FormatError, 'InvalidFormat', [], Buffer.concat([message, Buffer.of(0)]))
  const stranger = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(other, kms) })
  await refuses('under a CMK that was not given', KeyError, 'NoMatchingKey', [], message, stranger)
  await refuses('changed', IntegrityError, 'IntegrityFailed', ['Decrypt'], changed)

  cloud.denyKey(mine)
  await refuses('no permission', ServiceError, 'AccessDenied', ['Decrypt'], message)
  cloud.permitKey(mine)
  cloud.faults.add({ service: 'kms', operation: 'Decrypt', effect: { kind: 'throttle' } })
  await refuses('throttled', ServiceError, 'Throttled', ['Decrypt'], message)
  await cloud.kms.call('DisableKey', { KeyId: mine })
  await refuses('CMK disabled', ServiceError, 'KeyDisabled', ['Decrypt'], message)
} finally {
  await cloud.close()
}
