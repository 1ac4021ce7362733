import { keyMetadata } from '../answer.js'
import { type KeySpec, keySpecRow, keySpecs } from '../key-spec.js'
import { KmsError, invalidParameter } from '../kms-error.js'
import { makeKey } from '../new-key.js'
import { defineOperation } from '../operation.js'
import { flag, oneOf, optional, text, withDefault } from '../parameters.js'

const readKeySpec = oneOf(...(Object.keys(keySpecs) as KeySpec[]))

export const createKey = defineOperation({
  name: 'CreateKey',
  parameters: {
    Description: withDefault('', text(8192)),
    KeySpec: withDefault('Aliyun_AES_256', readKeySpec),
    KeyUsage: optional(oneOf('ENCRYPT/DECRYPT', 'SIGN/VERIFY')),
    Origin: withDefault('Aliyun_KMS', oneOf('Aliyun_KMS', 'EXTERNAL')),
    ProtectionLevel: withDefault('SOFTWARE', oneOf('SOFTWARE', 'HSM')),
    EnableAutomaticRotation: withDefault(false, flag),
    DKMSInstanceId: optional(text(64)),
  },
  run: async (context, values) => {
    const row = keySpecRow(values.KeySpec)
    const usage = values.KeyUsage ?? row.usages[0]
    if (!row.usages.includes(usage)) throw invalidParameter('KeyUsage')
    // Nobody can import a key or wait for a rotation here: better to say so than to pretend.
    if (values.Origin === 'EXTERNAL' || values.ProtectionLevel === 'HSM' || values.EnableAutomaticRotation) {
      throw new KmsError('UnsupportedOperation')
    }
    const instanceId = values.DKMSInstanceId
    if (instanceId !== undefined && !context.instanceIds.includes(instanceId)) throw invalidParameter('DKMSInstanceId')
    const { Description: description, KeySpec: spec } = values
    const key = await makeKey(context, { spec, usage, description, instanceId })
    return { KeyMetadata: keyMetadata(key, context.instanceIds) }
  },
})
