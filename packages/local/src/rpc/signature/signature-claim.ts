import { type RpcError, rpcError } from '../rpc-error.js'

/** What a signed request says of its signature, before any of it is believed. */
export interface SignatureClaim {
  readonly accessKeyId: string
  readonly securityToken: string | undefined
  /** `YYYY-MM-DDTHH:MM:SSZ`; some clients write milliseconds too. */
  readonly timestamp: string
  readonly nonce: string
  readonly signature: string
  /** What is signed, as the service works it out. */
  readonly stringToSign: string
  /** The signature that the request should carry, if it is from the holder of this secret. */
  readonly expectedSignature: (accessKeySecret: string) => string
}

/** Clients read the string to sign after the first colon of the message; aliyun-python-sdk-core fails on a message without it. */
export function signatureMismatch(stringToSign: string): RpcError {
  const message = `Specified signature is not matched with our calculation. server string to sign is:${stringToSign}`
  return rpcError('SignatureDoesNotMatch', message)
}
