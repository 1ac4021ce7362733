import { ServiceError } from 'osscrypt'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ExchangeFailure } from '../../src/kms/http-exchange.js'
import { noAnswer, refusal } from '../../src/kms/kms-error.js'

const canary = 'the string to sign with Plaintext%3Dc2VjcmV0'
const refuse = (status: number, serviceCode: unknown, action = 'GenerateDataKey', requestId: unknown = 'request-1') =>
  refusal(action, status, { Code: serviceCode, RequestId: requestId, Message: canary, HostId: canary })

test.each([
  ['Throttling', 400, 'Throttled', true],
  ['Throttling.User', 400, 'Throttled', true],
  ['Rejected.Throttling', 429, 'Throttled', true],
  ['ServiceUnavailableTemporary', 503, 'ServiceFailure', true],
  ['ServiceUnavailable', 503, 'ServiceFailure', true],
  ['InternalFailure', 500, 'ServiceFailure', true],
  ['InternalError', 500, 'ServiceFailure', true],
  ['Forbidden.KeyNotFound', 404, 'KeyNotFound', false],
  ['Forbidden.AliasNotFound', 404, 'KeyNotFound', false],
  ['Forbidden.ResourceNotFound', 404, 'KeyNotFound', false],
  ['Rejected.Disabled', 409, 'KeyDisabled', false],
  ['Rejected.PendingDeletion', 409, 'KeyDisabled', false],
  ['Rejected.Unavailable', 409, 'KeyDisabled', false],
  ['Rejected.PendingImport', 409, 'KeyDisabled', false],
  ['Forbidden.KeyVersionNotFound', 404, 'KeyNotFound', false],
  ['Forbidden.NoPermission', 403, 'AccessDenied', false],
  ['Forbidden.RAM', 403, 'AccessDenied', false],
  ['NoPermission', 403, 'AccessDenied', false],
  ['InvalidAccessKeyId.NotFound', 404, 'AccessDenied', false],
  ['SignatureDoesNotMatch', 400, 'AccessDenied', false],
  ['InvalidSecurityToken.Expired', 400, 'CredentialsExpired', false],
  ['InvalidSecurityToken.Malformed', 400, 'AccessDenied', false],
  ['SecurityTokenExpired', 403, 'CredentialsExpired', false],
  ['IllegalTimestamp', 400, 'ClockSkewed', false],
  ['InvalidTimeStamp.Expired', 400, 'ClockSkewed', false],
  ['InvalidTimeStamp.Format', 400, 'Rejected', false],
  ['InvalidCiphertext', 400, 'Rejected', false],
  ['MissingSecurityToken', 400, 'AccessDenied', false],
  ['InvalidParameter', 400, 'Rejected', false],
  ['Rejected.ResourceExist', 409, 'Rejected', false],
  ['SomethingNew', 400, 'Rejected', false],
  ['SomethingNew', 429, 'Throttled', true],
  ['SomethingNew', 500, 'ServiceFailure', true],
  ['SomethingNew', 502, 'ServiceFailure', true],
  [undefined, 504, 'ServiceFailure', true],
  [undefined, 400, 'Rejected', false],
] as const)('%s with HTTP %d is %s, retryable: %s', (serviceCode, status, code, retryable) => {
  const error = refuse(status, serviceCode)
  expect(error).toBeInstanceOf(ServiceError)
  expect(error).toMatchObject({ service: 'kms', code, retryable, status, serviceCode, requestId: 'request-1' })
  expect(error.message).toContain('GenerateDataKey')
  expect(error.message).toContain('request-1')
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/Plaintext|c2VjcmV0/)
})

describe('what KMS says of a wrong context or a damaged key is documented nowhere', () => {
  test.each(['InvalidParameter', 'InvalidCiphertext', 'Anything.New'])('%s', (serviceCode) => {
    for (const action of ['Decrypt', 'ReEncrypt'])
      expect(refuse(400, serviceCode, action)).toMatchObject({ code: 'WrongContext', retryable: false })
    for (const action of ['GenerateDataKey', 'Encrypt', 'DescribeKey', 'GetSecretValue'])
      expect(refuse(400, serviceCode, action)).toMatchObject({ code: 'Rejected' })
    for (const status of [404, 409, 413]) expect(refuse(status, serviceCode, 'Decrypt').code).toBe('Rejected')
  })

  test.each([
    ['UnsupportedOperation', 'Rejected'],
    ['MissingParameter', 'Rejected'],
    ['Rejected.LimitExceeded', 'Rejected'],
    ['Rejected.Throttling', 'Throttled'],
    ['SignatureDoesNotMatch', 'AccessDenied'],
    ['IllegalTimestamp', 'ClockSkewed'],
  ])('but %s of Decrypt is, and means %s', (serviceCode, code) => {
    expect(refuse(400, serviceCode, 'Decrypt').code).toBe(code)
  })
})

test('an answer that is none of KMS is told by its status', () => {
  expect(refusal('Decrypt', 502, null)).toMatchObject({ code: 'ServiceFailure', retryable: true, status: 502 })
  expect(refusal('Decrypt', 429, null)).toMatchObject({ code: 'Throttled', retryable: true })
  for (const status of [199, 301, 302, 400, 403, 404, 407])
    expect(refusal('Decrypt', status, null)).toMatchObject({ code: 'BadAnswer', retryable: false, status })
  expect(refusal('Decrypt', 302, { Code: 'SomethingNew' })).toMatchObject({ code: 'BadAnswer' })
})

test('the next attempt may go better where that was seen to', () => {
  const prepared: string[] = []
  const prepare = (code: string) => prepared.push(code) > 0
  expect(refusal('Decrypt', 400, { Code: 'IllegalTimestamp' }, prepare).retryable).toBe(true)
  expect(refusal('Decrypt', 400, { Code: 'InvalidSecurityToken.Expired' }, prepare).retryable).toBe(true)
  expect(refusal('Decrypt', 400, { Code: 'IllegalTimestamp' }, () => false).retryable).toBe(false)
  expect(prepared).toEqual(['ClockSkewed', 'CredentialsExpired'])
})

test('codes and ids that do not look like any are left out', () => {
  for (const strange of ['<html>', 'a b', 'x'.repeat(65), '', 'undefined', 7, {}, 'a\nb', null, ['x']]) {
    const error = refuse(400, strange, 'GenerateDataKey', strange)
    expect(error.serviceCode).toBeUndefined()
    expect(error.requestId).toBeUndefined()
  }
})

test('no answer is Unreachable; one that is not whole is not', () => {
  expect(noAnswer('Decrypt', 'kms.example', new ExchangeFailure('ECONNREFUSED'))).toMatchObject({
    code: 'Unreachable',
    retryable: true,
    status: undefined,
    message: 'Decrypt: KMS at kms.example cannot be reached: ECONNREFUSED',
  })
  const broken = new ExchangeFailure('the answer broke off', { answered: true, status: 200 })
  expect(noAnswer('Decrypt', 'kms.example', broken)).toMatchObject({ code: 'BadAnswer', retryable: true, status: 200 })
})
