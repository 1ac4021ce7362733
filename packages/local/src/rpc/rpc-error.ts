/** Codes that every service of this style answers with, the HTTP status of each and what is said with it. */
export const rpcErrors = {
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards.'],
  'InvalidAccessKeyId.NotFound': [404, 'The Access Key ID provided does not exist in our records.'],
  'InvalidAction.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  InvalidParameter: [400, 'The specified parameter is not valid.'],
  'InvalidSecurityToken.Expired': [400, 'Specified SecurityToken is expired.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [400, 'Specified SecurityToken is not matched with the AccessKey.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  InvalidVersion: [400, 'Specified parameter Version is not valid.'],
  MissingParameter: [400, 'A parameter is needed but not provided.'],
  MissingSecurityToken: [400, 'SecurityToken is mandatory for this action.'],
  RequestEntityTooLarge: [413, 'The request body is too large.'],
  SignatureDoesNotMatch: [400, 'Specified signature is not matched with our calculation.'],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  UnsupportedHTTPMethod: [403, 'This http method is not supported.'],
} as const satisfies ErrorTable

/** HTTP status and usual message by code. */
export type ErrorTable = Readonly<Record<string, readonly [status: number, message: string]>>

/** A request that ends with an error of the service. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError'
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = status
  }
}

/** An error that is the same at every service. */
export function rpcError(code: keyof typeof rpcErrors, message?: string): RpcError {
  const [status, usual] = rpcErrors[code]
  return new RpcError(code, status, message ?? usual)
}

/** What is said of a parameter whose value is not taken. */
export function invalidText(name: string): string {
  return `The specified parameter "${name}" is not valid.`
}

/** What is said where a parameter is not given. */
export function missingText(name: string): string {
  return `The parameter "${name}" is needed but not provided.`
}

/** What is said of an action that is not here. */
export function unknownActionText(product: string, action: string): string {
  const [, usual] = rpcErrors['InvalidAction.NotFound']
  return /^\w{1,64}$/.test(action) ? `${usual} osscrypt-local has no ${action} of ${product}.` : usual
}
