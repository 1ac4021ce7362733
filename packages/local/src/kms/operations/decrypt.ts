import { openBlob } from '../ciphertext-blob.js'
import { readEncryptionContext } from '../encryption-context.js'
import { defineOperation } from '../operation.js'
import { base64, optional, required, unsupported } from '../parameters.js'
import { findKeyOfBlob } from '../use-key.js'

/** The blob alone says which key it takes; a KeyId in the request is ignored, as at the service. */
export const decrypt = defineOperation({
  name: 'Decrypt',
  onInstance: true,
  canDryRun: true,
  parameters: {
    CiphertextBlob: required(base64(1, 16_384)),
    EncryptionContext: optional(readEncryptionContext),
    Recipient: unsupported,
  },
  run: (context, values) => {
    const { key, version } = findKeyOfBlob(context, values.CiphertextBlob)
    return {
      KeyId: key.id,
      KeyVersionId: version.id,
      Plaintext: openBlob(version, values.CiphertextBlob, values.EncryptionContext).toString('utf8'),
    }
  },
})
