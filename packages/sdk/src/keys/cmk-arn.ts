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
