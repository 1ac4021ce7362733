import { keyMetadata } from '../answer.js'
import { readKeyName } from '../key-name.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

export const describeKey = defineOperation({
  name: 'DescribeKey',
  parameters: { KeyId: required(readKeyName) },
  run: (context, values) => ({ KeyMetadata: keyMetadata(findKey(context, values.KeyId), context.instanceIds) }),
})
