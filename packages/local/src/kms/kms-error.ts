/** The codes that the local KMS answers with, the HTTP status of each and what the service says with it. */
export const kmsErrors = {
  AccessDeniedError: [403, 'You are not authorized to perform the operation on the KMS resource.'],
  AliasAlreadyExists: [400, 'AliasName Already Exists.'],
  DryRunOperationError: [400, 'The request would have succeeded without the parameter DryRun.'],
  'Forbidden.AliasNotFound': [404, 'The specified Alias is not found.'],
  'Forbidden.KeyNotFound': [404, 'The specified Key is not found.'],
  'Forbidden.KeyVersionNotFound': [404, 'The specified Key version is not found.'],
  'Forbidden.NoPermission': [403, 'This operation is forbidden by permission system.'],
  'Forbidden.ResourceNotFound': [404, 'The resource is not found.'],
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards.'],
  InternalFailure: [500, 'Internal Failure'],
  'InvalidAccessKeyId.NotFound': [404, 'The Access Key ID provided does not exist in our records.'],
  'InvalidAction.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  InvalidParameter: [400, 'The specified parameter is not valid.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [400, 'Specified SecurityToken is not matched with the AccessKey.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  InvalidVersion: [400, 'Specified parameter Version is not valid.'],
  MissingParameter: [400, 'A parameter is needed but not provided.'],
  MissingSecurityToken: [400, 'SecurityToken is mandatory for this action.'],
  'Rejected.Disabled': [409, 'The request was rejected because the key state is Disabled.'],
  'Rejected.LimitExceeded': [400, 'The request was rejected because user create resource limit was exceeded.'],
  'Rejected.PendingDeletion': [409, 'The request was rejected because the key state is PendingDeletion.'],
  'Rejected.ResourceExist': [409, 'The resource already exists.'],
  'Rejected.ResourceInDeleteWindow': [409, 'The secret is planned to be deleted.'],
  'Rejected.StateModifiedFailed': [409, 'Keystate modified failed.'],
  'Rejected.Throttling': [429, 'QPS Limit Exceeded'],
  'Rejected.Unavailable': [409, 'The request was rejected because the key state is Unavailable.'],
  RequestEntityTooLarge: [413, 'The request body is too large.'],
  ServiceUnavailableTemporary: [503, 'Service Unavailable Temporary.'],
  SignatureDoesNotMatch: [400, 'Specified signature is not matched with our calculation.'],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  UnsupportedHTTPMethod: [403, 'This http method is not supported.'],
  UnsupportedOperation: [400, 'This operation is not supported.'],
  ValidationError: [400, 'A parameter of the request is not valid.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type KmsErrorCode = keyof typeof kmsErrors

/** An operation that ends with one of the service's errors. */
export class KmsError extends Error {
  override readonly name = 'KmsError'
  readonly code: KmsErrorCode
  readonly status: number

  constructor(code: KmsErrorCode, message?: string, options?: ErrorOptions) {
    const [status, usual] = kmsErrors[code]
    super(message ?? usual, options)
    this.code = code
    this.status = status
  }
}

/** What the service says of a parameter whose value it does not take. */
export function invalidParameter(name: string): KmsError {
  return new KmsError('InvalidParameter', `The specified parameter "${name}" is not valid.`)
}
