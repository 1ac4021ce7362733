import { type ErrorTable, RpcError, rpcErrors } from '../rpc/rpc-error.js'

/** The codes that the local STS answers with, the HTTP status of each and what the service says with it. */
export const stsErrors = {
  ...rpcErrors,
  'EntityNotExist.Role': [404, 'The role not exists.'],
  InternalError: [500, 'STS Server Internal Error happened.'],
  'InvalidParameter.DurationSeconds': [400, 'The Min/Max value of DurationSeconds is 15min/12hr.'],
  'InvalidParameter.PolicyGrammar': [400, 'The parameter Policy has not passed grammar check.'],
  'InvalidParameter.PolicySize': [400, 'The size of Policy must be smaller than 2048 bytes.'],
  'InvalidParameter.RoleArn': [400, 'The parameter RoleArn is wrongly formed.'],
  'InvalidParameter.RoleSessionName': [400, 'The parameter RoleSessionName is wrongly formed.'],
  MissingRoleArn: [400, 'RoleArn is mandatory for this action.'],
  MissingRoleSessionName: [400, 'RoleSessionName is mandatory for this action.'],
  NoPermission: [403, 'You are not authorized to do this action. You should be authorized by RAM.'],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
  'Throttling.User': [429, 'Request was denied due to user flow control.'],
} as const satisfies ErrorTable

type StsErrorCode = keyof typeof stsErrors

/** An operation that ends with one of the service's errors. */
export class StsError extends RpcError {
  override readonly name = 'StsError'
  declare readonly code: StsErrorCode

  constructor(code: StsErrorCode, message?: string) {
    const [status, usual] = stsErrors[code]
    super(code, status, message ?? usual)
  }
}
