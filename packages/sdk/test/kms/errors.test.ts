import { ServiceError } from 'osscrypt'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { toKmsError } from '../../src/kms/kms-error.js'

const answer = (statusCode: unknown, code: unknown, data: unknown = { RequestId: 'request-1' }) =>
  Object.assign(new Error('the whole URL, with Plaintext=c2VjcmV0'), { statusCode, code, data })
const toError = (thrown: unknown, action = 'GenerateDataKey') => toKmsError(action, 'kms.example', thrown)

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
  ['InvalidCiphertext', 400, 'WrongContext', false],
  ['Forbidden.NoPermission', 403, 'AccessDenied', false],
  ['Forbidden.RAM', 403, 'AccessDenied', false],
  ['NoPermission', 403, 'AccessDenied', false],
  ['InvalidAccessKeyId.NotFound', 404, 'AccessDenied', false],
  ['SignatureDoesNotMatch', 400, 'AccessDenied', false],
  ['InvalidSecurityToken.Expired', 400, 'AccessDenied', false],
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
  const error = toError(answer(status, serviceCode))
  expect(error).toBeInstanceOf(ServiceError)
  expect(error).toMatchObject({ service: 'kms', code, retryable, status, serviceCode, requestId: 'request-1' })
  expect(error.message).toContain('GenerateDataKey')
  expect(error.message).toContain('request-1')
  expect(inspect(error)).not.toMatch(/Plaintext|c2VjcmV0/)
})

test.each(['Decrypt', 'ReEncrypt'])('InvalidParameter of %s is about the wrapped key or its context', (action) => {
  expect(toError(answer(400, 'InvalidParameter'), action).code).toBe('WrongContext')
})

test.each([
  ['a refused connection', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  [
    'a time-out',
    Object.assign(new Error('ReadTimeout(5000). POST http://kms.example/?Plaintext=c2VjcmV0 failed.'), {
      name: 'RequestTimeoutError',
    }),
  ],
  ['text', 'Plaintext=c2VjcmV0'],
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['an object without a shape', {}],
  ['a code that is none', { code: 'LTAI Plaintext=c2VjcmV0' }],
])('%s is Unreachable, and may be tried again', (_title, thrown) => {
  const error = toError(thrown)
  expect(error).toMatchObject({ code: 'Unreachable', retryable: true, status: undefined, serviceCode: undefined })
  expect(inspect(error)).not.toContain('c2VjcmV0')
})

test('the page of a proxy is a failure of the service', () => {
  expect(toError(new SyntaxError('Unexpected token < in JSON'))).toMatchObject({
    code: 'ServiceFailure',
    retryable: true,
  })
})

test('codes and ids that do not look like any are left out', () => {
  for (const strange of ['<html>', 'a b', 'x'.repeat(101), '', 'undefined', 7, {}, 'a\nb']) {
    const error = toError(answer(400, strange, { RequestId: strange }))
    expect(error.serviceCode).toBeUndefined()
    expect(error.requestId).toBeUndefined()
  }
  for (const data of [null, 'text', 7, []]) expect(toError(answer(400, 'X', data)).requestId).toBeUndefined()
})

test('a ServiceError passes untouched', () => {
  const error = new ServiceError('CredentialsUnavailable', 'none', { service: 'kms' })
  expect(toError(error)).toBe(error)
})
