import { randomUUID } from 'node:crypto'
import { formatTime } from '../../rpc/answer.js'
import { readKeyName } from '../key-name.js'
import { keySpecRow } from '../key-spec.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findSymmetricKey } from '../use-key.js'

/** Rotates a symmetric key: the new version encrypts from now on, the others go on decrypting what they encrypted. */
export const createKeyVersion = defineOperation({
  name: 'CreateKeyVersion',
  parameters: { KeyId: required(readKeyName) },
  run: async (context, values) => {
    const { id, spec } = findSymmetricKey(context, values.KeyId)
    const material = await keySpecRow(spec).generate()
    const version = { id: randomUUID(), createdAt: context.now, material: material.toString('base64') }
    // Looked up again, as another request may have changed the key meanwhile.
    const key = findSymmetricKey(context, { kind: 'id', name: id })
    if (key.versions.length >= 1000) throw new KmsError('Rejected.LimitExceeded')
    context.keys.put({ ...key, primaryVersionId: version.id, versions: [...key.versions, version] })
    return { KeyVersion: { KeyId: id, KeyVersionId: version.id, CreationDate: formatTime(version.createdAt) } }
  },
})
