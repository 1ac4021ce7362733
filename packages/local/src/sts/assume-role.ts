import { createHash } from 'node:crypto'
import type { AccessKeys } from '../credentials/access-keys.js'
import type { AccessKey } from '../http/service.js'
import { formatTime } from '../rpc/answer.js'
import { StsError } from './sts-error.js'

/** What AssumeRole works with. */
export interface AssumeRoleContext<K extends AccessKey> {
  readonly accessKeys: AccessKeys<K>
  /** Who asks. */
  readonly caller: K
  readonly accountId: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Seconds that temporary access keys are good for, when the request says nothing. */
const usualDuration = 3600
const minDuration = 900
/** The most that a role can allow; that roles allow an hour unless told otherwise is left to the real ones. */
const maxDuration = 43_200
const maxPolicyLength = 2048

/**
 * Gives out a temporary access key. There are no roles here: every name in the cloud's own account is one, that everybody may assume and
 * that may do what the caller may. A policy is read, and restricts nothing.
 *
 * @throws {StsError} for the first parameter that is missing or wrong
 */
export function assumeRole<K extends AccessKey>(
  context: AssumeRoleContext<K>,
  parameters: ReadonlyMap<string, string>,
): object {
  const { accessKeys, caller, accountId, now } = context
  const role = readRole(parameters.get('RoleArn') ?? '', accountId)
  const sessionName = readSessionName(parameters.get('RoleSessionName') ?? '')
  checkPolicy(parameters.get('Policy') ?? '')
  const expiresMs = now + readDuration(parameters.get('DurationSeconds') ?? '') * 1000
  // What is told has whole seconds, and no key is good for less than was told.
  const key = accessKeys.makeTemporary(caller, Math.ceil(expiresMs / 1000) * 1000, now)
  return {
    AssumedRoleUser: { Arn: `${role}/${sessionName}`, AssumedRoleId: `${idOfRole(role)}:${sessionName}` },
    Credentials: {
      AccessKeyId: key.accessKeyId,
      AccessKeySecret: key.accessKeySecret,
      SecurityToken: key.securityToken,
      Expiration: formatTime(key.expiresMs),
    },
  }
}

function readRole(text: string, accountId: string): string {
  if (text === '') throw new StsError('MissingRoleArn')
  const account = /^acs:ram::([0-9]+):role\/[A-Za-z0-9.-]{1,64}$/.exec(text)?.[1]
  if (account === undefined) throw new StsError('InvalidParameter.RoleArn')
  if (account !== accountId) throw new StsError('EntityNotExist.Role', `The role not exists: ${text}.`)
  return text
}

function readSessionName(text: string): string {
  if (text === '') throw new StsError('MissingRoleSessionName')
  if (!/^[A-Za-z0-9.@_-]{2,64}$/.test(text)) throw new StsError('InvalidParameter.RoleSessionName')
  return text
}

function checkPolicy(text: string): void {
  if (text === '') return
  if (text.length > maxPolicyLength) throw new StsError('InvalidParameter.PolicySize')
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw new StsError('InvalidParameter.PolicyGrammar')
  }
  const { Version, Statement } = (policy ?? {}) as { readonly Version?: unknown; readonly Statement?: unknown }
  if (Version !== '1' || !Array.isArray(Statement)) throw new StsError('InvalidParameter.PolicyGrammar')
}

function readDuration(text: string): number {
  const seconds = text === '' ? usualDuration : /^[0-9]{1,6}$/.test(text) ? Number(text) : 0
  if (seconds < minDuration || seconds > maxDuration) throw new StsError('InvalidParameter.DurationSeconds')
  return seconds
}

/** A number that stays the same for a role. */
function idOfRole(role: string): string {
  const number = createHash('sha256').update(role).digest().readBigUInt64BE()
  return `3${number.toString().padStart(17, '0').slice(0, 17)}`
}
