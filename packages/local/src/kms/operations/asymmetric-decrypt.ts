import { constants, privateDecrypt } from 'node:crypto'
import { oaepHashes } from '../asymmetric/oaep.js'
import { readKeyName } from '../key-name.js'
import { privateKeyOf } from '../key-record.js'
import { invalidParameter } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { base64, oneOf, required, text } from '../parameters.js'
import { findAsymmetricVersion } from '../use-key.js'

export const asymmetricDecrypt = defineOperation({
  name: 'AsymmetricDecrypt',
  onInstance: true,
  canDryRun: true,
  parameters: {
    KeyId: required(readKeyName),
    KeyVersionId: required(text(64)),
    Algorithm: required(oneOf('RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1')),
    CiphertextBlob: required(base64(1, 512)),
  },
  run: (context, values) => {
    const { key, version } = findAsymmetricVersion(context, values.KeyId, values.KeyVersionId, 'ENCRYPT/DECRYPT')
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaepHashes[values.Algorithm].name }
    try {
      const plaintext = privateDecrypt({ key: privateKeyOf(version), ...padding }, values.CiphertextBlob)
      return { KeyId: key.id, KeyVersionId: version.id, Plaintext: plaintext.toString('base64') }
    } catch {
      throw invalidParameter('CiphertextBlob')
    }
  },
})
