import { findSignatureMethod, signatureAlgorithms } from '../asymmetric/signature-algorithms.js'
import { readKeyName } from '../key-name.js'
import { invalidParameter } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { base64, oneOf, required, text } from '../parameters.js'
import { findAsymmetricVersion } from '../use-key.js'

export const asymmetricSign = defineOperation({
  name: 'AsymmetricSign',
  onInstance: true,
  canDryRun: true,
  parameters: {
    KeyId: required(readKeyName),
    KeyVersionId: required(text(64)),
    Algorithm: required(oneOf(...signatureAlgorithms)),
    Digest: required(base64(32, 32)),
  },
  run: (context, values) => {
    const { key, version } = findAsymmetricVersion(context, values.KeyId, values.KeyVersionId, 'SIGN/VERIFY')
    const method = findSignatureMethod(values.Algorithm, key.spec)
    if (method === undefined) throw invalidParameter('Algorithm')
    const signature = method.sign(Buffer.from(version.material, 'base64'), values.Digest)
    return { KeyId: key.id, KeyVersionId: version.id, Value: signature.toString('base64') }
  },
})
