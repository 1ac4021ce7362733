import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { readKeyName } from '../key-name.js'
import { privateKeyOf } from '../key-record.js'
import { invalidParameter } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { base64, oneOf, required, text } from '../parameters.js'
import { findAsymmetricVersion } from '../use-key.js'
import { oaepHashes } from '../asymmetric/oaep.js'

export const asymmetricEncrypt = defineOperation({
  name: 'AsymmetricEncrypt',
  onInstance: true,
  canDryRun: true,
  parameters: {
    KeyId: required(readKeyName),
    KeyVersionId: required(text(64)),
    Algorithm: required(oneOf('RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1')),
    Plaintext: required(base64(1, 512)),
  },
  run: (context, values) => {
    const { key, version } = findAsymmetricVersion(context, values.KeyId, values.KeyVersionId, 'ENCRYPT/DECRYPT')
    const publicKey = createPublicKey(privateKeyOf(version))
    const hash = oaepHashes[values.Algorithm]
    const room = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8 - 2 * hash.length - 2
    if (values.Plaintext.length > room) throw invalidParameter('Plaintext')
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.name }
    const ciphertext = publicEncrypt({ key: publicKey, ...padding }, values.Plaintext)
    return { KeyId: key.id, KeyVersionId: version.id, CiphertextBlob: ciphertext.toString('base64') }
  },
})
