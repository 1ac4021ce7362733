import { randomBytes } from 'node:crypto'
import { sealBlob } from '../ciphertext-blob.js'
import { readEncryptionContext } from '../encryption-context.js'
import { readKeyName } from '../key-name.js'
import { primaryVersion } from '../key-record.js'
import { invalidParameter } from '../kms-error.js'
import { type OperationContext, defineOperation } from '../operation.js'
import { type ValuesOf, integer, optional, required, text, unsupported, withDefault } from '../parameters.js'
import { findSymmetricKey } from '../use-key.js'

const dataKeyLengths: ReadonlyMap<string, number> = new Map([
  ['AES_256', 32],
  ['AES_128', 16],
])

const parameters = {
  KeyId: required(readKeyName),
  KeySpec: withDefault('AES_256', text(64)),
  NumberOfBytes: optional(integer(1, 1024)),
  EncryptionContext: optional(readEncryptionContext),
  Recipient: unsupported,
}

export const generateDataKey = defineOperation({
  name: 'GenerateDataKey',
  onInstance: true,
  canDryRun: true,
  parameters,
  run: (context, values) => makeDataKey(context, values),
})

export const generateDataKeyWithoutPlaintext = defineOperation({
  name: 'GenerateDataKeyWithoutPlaintext',
  onInstance: true,
  canDryRun: true,
  parameters,
  run: (context, values) => {
    const { Plaintext: _, ...answer } = makeDataKey(context, values)
    return answer
  },
})

/**
 * The service ignores KeySpec when NumberOfBytes is given, whatever it says (OSS's Java SDK asks for the 16 bytes of an SM4 key
 * with a KeySpec that KMS does not have), and makes 32 bytes when neither is.
 *
 * @throws {KmsError} `InvalidParameter` for a KeySpec that counts and is none.
 */
function lengthOf({ NumberOfBytes, KeySpec }: ValuesOf<typeof parameters>): number {
  const length = NumberOfBytes ?? dataKeyLengths.get(KeySpec)
  if (length === undefined) throw invalidParameter('KeySpec')
  return length
}

function makeDataKey(context: OperationContext, values: ValuesOf<typeof parameters>): { Plaintext: string } {
  const length = lengthOf(values)
  const key = findSymmetricKey(context, values.KeyId)
  const version = primaryVersion(key)
  const plaintext = randomBytes(length).toString('base64')
  const answer = {
    KeyId: key.id,
    KeyVersionId: version.id,
    CiphertextBlob: sealBlob(version, Buffer.from(plaintext), values.EncryptionContext),
    Plaintext: plaintext,
  }
  return answer
}
