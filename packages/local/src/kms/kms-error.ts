import { type ErrorTable, RpcError, invalidText, rpcErrors } from '../rpc/rpc-error.js'

/** The codes that the local KMS answers with, the HTTP status of each and what the service says with it. */
export const kmsErrors = {
  ...rpcErrors,
  AccessDeniedError: [403, 'You are not authorized to perform the operation on the KMS resource.'],
  AliasAlreadyExists: [400, 'AliasName Already Exists.'],
  DryRunOperationError: [400, 'The request would have succeeded without the parameter DryRun.'],
  'Forbidden.AliasNotFound': [404, 'The specified Alias is not found.'],
  'Forbidden.KeyNotFound': [404, 'The specified Key is not found.'],
  'Forbidden.KeyVersionNotFound': [404, 'The specified Key version is not found.'],
  'Forbidden.NoPermission': [403, 'This operation is forbidden by permission system.'],
  'Forbidden.ResourceNotFound': [404, 'The resource is not found.'],
  InternalFailure: [500, 'Internal Failure'],
  'Rejected.Disabled': [409, 'The request was rejected because the key state is Disabled.'],
  'Rejected.LimitExceeded': [400, 'The request was rejected because user create resource limit was exceeded.'],
  'Rejected.PendingDeletion': [409, 'The request was rejected because the key state is PendingDeletion.'],
  'Rejected.ResourceExist': [409, 'The resource already exists.'],
  'Rejected.ResourceInDeleteWindow': [409, 'The secret is planned to be deleted.'],
  'Rejected.StateModifiedFailed': [409, 'Keystate modified failed.'],
  'Rejected.Throttling': [429, 'QPS Limit Exceeded'],
  'Rejected.Unavailable': [409, 'The request was rejected because the key state is Unavailable.'],
  ServiceUnavailableTemporary: [503, 'Service Unavailable Temporary.'],
  UnsupportedOperation: [400, 'This operation is not supported.'],
  ValidationError: [400, 'A parameter of the request is not valid.'],
} as const satisfies ErrorTable

export type KmsErrorCode = keyof typeof kmsErrors

/** An operation that ends with one of the service's errors. */
export class KmsError extends RpcError {
  override readonly name = 'KmsError'
  declare readonly code: KmsErrorCode

  constructor(code: KmsErrorCode, message?: string, options?: ErrorOptions) {
    const [status, usual] = kmsErrors[code]
    super(code, status, message ?? usual, options)
  }
}

/** What the service says of a parameter whose value it does not take. */
export function invalidParameter(name: string): KmsError {
  return new KmsError('InvalidParameter', invalidText(name))
}
