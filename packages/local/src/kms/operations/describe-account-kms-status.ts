import { defineOperation } from '../operation.js'

/** The account of a local cloud has KMS, and never debts. */
export const describeAccountKmsStatus = defineOperation({
  name: 'DescribeAccountKmsStatus',
  parameters: {},
  run: () => ({ AccountStatus: 'Enabled' }),
})
