import { sealBlob } from '../ciphertext-blob.js'
import { readEncryptionContext } from '../encryption-context.js'
import { readKeyName } from '../key-name.js'
import { primaryVersion } from '../key-record.js'
import { defineOperation } from '../operation.js'
import { base64, optional, required } from '../parameters.js'
import { findSymmetricKey } from '../use-key.js'

const maxPlaintextLength = 6144

/**
 * The documentation asks for base64, of at most 6 KB. The service takes other text as well, and Decrypt gives back what it
 * took: the OSS SDK for Python sends bare decimals.
 */
function readPlaintext(text: string): Buffer | undefined {
  const bytes = Buffer.from(text)
  return bytes.length <= maxPlaintextLength || base64(0, maxPlaintextLength)(text) !== undefined ? bytes : undefined
}

export const encrypt = defineOperation({
  name: 'Encrypt',
  onInstance: true,
  canDryRun: true,
  parameters: {
    KeyId: required(readKeyName),
    Plaintext: required(readPlaintext),
    EncryptionContext: optional(readEncryptionContext),
  },
  run: (context, values) => {
    const key = findSymmetricKey(context, values.KeyId)
    const version = primaryVersion(key)
    return {
      KeyId: key.id,
      KeyVersionId: version.id,
      CiphertextBlob: sealBlob(version, values.Plaintext, values.EncryptionContext),
    }
  },
})
