import { quote } from '../bytes/quote.js'
import { KeyError } from '../errors.js'

/** A CMK's ARN, taken apart. */
export interface CmkArn {
  /** The whole ARN, as it was given. */
  readonly arn: string
  readonly region: string
  readonly account: string
  readonly keyId: string
}

const ARN = /^acs:kms:(?<region>[a-z0-9-]{2,32}):(?<account>[0-9]{1,32}):key\/(?<keyId>[A-Za-z0-9_-]{1,128})$/

/**
 * Takes a CMK's ARN apart: `acs:kms:<region>:<account>:key/<key id>`.
 *
 * @returns null when it is not well-formed; no host name may be built from it then.
 */
export function parseCmkArn(arn: string): CmkArn | null {
  const groups = ARN.exec(arn)?.groups
  const { region, account, keyId } = groups ?? {}
  if (region === undefined || account === undefined || keyId === undefined) return null
  return { arn, region, account, keyId }
}

/**
 * Takes apart a CMK's ARN that a caller gave.
 *
 * @throws TypeError when it is not well-formed.
 */
export function requireCmkArn(arn: unknown): CmkArn {
  const cmk = typeof arn === 'string' ? parseCmkArn(arn) : null
  if (!cmk) {
    throw new TypeError(`${quote(String(arn))} is not a CMK ARN of the form acs:kms:<region>:<account>:key/<key id>`)
  }
  return cmk
}

/**
 * Asserts that KMS answered for the CMK that was meant: Decrypt, for one, is not told which. It answers with the id, or the ARN.
 *
 * @throws {@link KeyError} `KeyIdMismatch`.
 */
export function requireAnsweredKey(cmk: CmkArn, keyId: string): void {
  if (keyId !== cmk.keyId && keyId !== cmk.arn) {
    throw new KeyError('KeyIdMismatch', `KMS answered for another key than ${cmk.arn}`)
  }
}
