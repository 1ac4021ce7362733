import { randomBytes } from 'node:crypto'
import { sealBlob } from '../ciphertext-blob.js'
import { readEncryptionContext } from '../encryption-context.js'
import { readKeyName } from '../key-name.js'
import { primaryVersion } from '../key-record.js'
import { type OperationContext, defineOperation } from '../operation.js'
import { type ValuesOf, integer, oneOf, optional, required } from '../parameters.js'
import { findSymmetricKey } from '../use-key.js'

const dataKeyLengths = { AES_256: 32, AES_128: 16 }

const parameters = {
  KeyId: required(readKeyName),
  KeySpec: optional(oneOf('AES_256', 'AES_128')),
  NumberOfBytes: optional(integer(1, 1024)),
  EncryptionContext: optional(readEncryptionContext),
}

export const generateDataKey = defineOperation({
  name: 'GenerateDataKey',
  onInstance: true,
  parameters,
  run: (context, values) => makeDataKey(context, values),
})

export const generateDataKeyWithoutPlaintext = defineOperation({
  name: 'GenerateDataKeyWithoutPlaintext',
  onInstance: true,
  parameters,
  run: (context, values) => {
    const { Plaintext: _, ...answer } = makeDataKey(context, values)
    return answer
  },
})

/** The service ignores KeySpec when NumberOfBytes is given, and makes 32 bytes when neither is. */
function makeDataKey(context: OperationContext, values: ValuesOf<typeof parameters>): { Plaintext: string } {
  const key = findSymmetricKey(context, values.KeyId)
  const version = primaryVersion(key)
  const plaintext = randomBytes(values.NumberOfBytes ?? dataKeyLengths[values.KeySpec ?? 'AES_256']).toString('base64')
  const answer = {
    KeyId: key.id,
    KeyVersionId: version.id,
    CiphertextBlob: sealBlob(version, Buffer.from(plaintext), values.EncryptionContext),
    Plaintext: plaintext,
  }
  return answer
}
