import { openBlob, sealBlob } from '../ciphertext-blob.js'
import { readEncryptionContext } from '../encryption-context.js'
import { readKeyName } from '../key-name.js'
import { primaryVersion } from '../key-record.js'
import { defineOperation } from '../operation.js'
import { base64, optional, required, unsupported } from '../parameters.js'
import { findKeyOfBlob, findSymmetricKey } from '../use-key.js'

/** Only the shared gateway has it; that of an instance answers UnsupportedOperation. */
export const reEncrypt = defineOperation({
  name: 'ReEncrypt',
  canDryRun: true,
  parameters: {
    CiphertextBlob: required(base64(1, 16_384)),
    SourceEncryptionContext: optional(readEncryptionContext),
    // Of a ciphertext that a public key made.
    SourceEncryptionAlgorithm: unsupported,
    DestinationKeyId: required(readKeyName),
    DestinationEncryptionContext: optional(readEncryptionContext),
  },
  run: (context, values) => {
    const source = findKeyOfBlob(context, values.CiphertextBlob)
    const key = findSymmetricKey(context, values.DestinationKeyId)
    const version = primaryVersion(key)
    const plaintext = openBlob(source.version, values.CiphertextBlob, values.SourceEncryptionContext)
    return {
      KeyId: key.id,
      KeyVersionId: version.id,
      CiphertextBlob: sealBlob(version, plaintext, values.DestinationEncryptionContext),
    }
  },
})
