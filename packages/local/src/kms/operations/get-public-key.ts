import { createPublicKey } from 'node:crypto'
import { readKeyName } from '../key-name.js'
import { privateKeyOf } from '../key-record.js'
import { keySpecRow } from '../key-spec.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required, text } from '../parameters.js'
import { findKey, findKeyVersion } from '../use-key.js'

/** A public key is no secret: it is told in every state of its key. */
export const getPublicKey = defineOperation({
  name: 'GetPublicKey',
  onInstance: true,
  canDryRun: true,
  parameters: { KeyId: required(readKeyName), KeyVersionId: required(text(64)) },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    if (keySpecRow(key.spec).kind === 'symmetric') throw new KmsError('UnsupportedOperation')
    const version = findKeyVersion(key, values.KeyVersionId)
    const publicKey = createPublicKey(privateKeyOf(version)).export({ type: 'spki', format: 'pem' })
    return { KeyId: key.id, KeyVersionId: version.id, PublicKey: publicKey }
  },
})
