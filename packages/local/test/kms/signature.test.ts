import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { callKms, failureOf } from './call-kms.js'
import { type RawAnswer, type SignedRequest, answerOf, sendRaw, sendSigned } from './send-signed.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
const target = targetOf(cloud)

const withToken = await startLocalCloud({
  accessKeys: [{ accessKeyId: 'STS.a', accessKeySecret: 'b', securityToken: 'the token' }],
})
afterAll(() => withToken.close())

const listKeys = (wanted: Partial<SignedRequest>): Promise<RawAnswer> =>
  sendSigned(target, { action: 'ListKeys', parameters: { PageNumber: '1' }, ...wanted })

const expectError = (answer: RawAnswer, status: number, code: string): void => {
  expect({ status: answer.status, code: (JSON.parse(answer.body) as { Code: string }).Code }).toEqual({ status, code })
}

const time = (offsetMs: number): string => `${new Date(Date.now() + offsetMs).toISOString().slice(0, 19)}Z`

describe('signature version 3', () => {
  test('a right one is accepted, with what goes around the answer', async () => {
    const answer = await listKeys({})
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json;charset=utf-8')
    expect(answer.headers['x-acs-request-id']).toBe(answerOf(answer).RequestId)
  })

  test('GET is accepted too', async () => {
    expect((await listKeys({ method: 'GET' })).status).toBe(200)
  })

  const spoils: [string, SignedRequest['spoil'], string][] = [
    ['a changed parameter', (sent) => (sent.target = sent.target.replace('=1', '=2')), 'SignatureDoesNotMatch'],
    ['an added parameter', (sent) => (sent.target += '&PageSize=1'), 'SignatureDoesNotMatch'],
    ['a removed parameter', (sent) => (sent.target = '/'), 'SignatureDoesNotMatch'],
    ['a parameter twice', (sent) => (sent.target += '&PageNumber=1'), 'InvalidParameter'],
    ['a changed action', (sent) => (sent.headers['x-acs-action'] = 'CreateKey'), 'SignatureDoesNotMatch'],
    ['a changed host', (sent) => (sent.headers.host = 'kms.cn-beijing.aliyuncs.com'), 'SignatureDoesNotMatch'],
    ['a changed date', (sent) => (sent.headers['x-acs-date'] = time(5000)), 'SignatureDoesNotMatch'],
    ['a changed nonce', (sent) => (sent.headers['x-acs-signature-nonce'] = 'other'), 'SignatureDoesNotMatch'],
    ['another header of the service', (sent) => (sent.headers['x-acs-more'] = '1'), 'IncompleteSignature'],
    ['no authorization', (sent) => (sent.headers.authorization = ''), 'IncompleteSignature'],
    [
      'a cut signature',
      (sent) => (sent.headers.authorization = sent.headers.authorization?.slice(0, -1) ?? ''),
      'IncompleteSignature',
    ],
    [
      'another algorithm',
      (sent) => (sent.headers.authorization = sent.headers.authorization?.replace('SHA256', 'SM3') ?? ''),
      'IncompleteSignature',
    ],
    ['a bearer', (sent) => (sent.headers.authorization = 'Bearer x'), 'IncompleteSignature'],
  ]
  test.each(spoils)('%s is refused', async (_, spoil, code) => {
    expectError(await listKeys({ ...(spoil === undefined ? {} : { spoil }) }), 400, code)
  })

  test.each(['host', 'x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-content-sha256'])(
    'one that does not cover %s is refused',
    async (name) => {
      expectError(await listKeys({ unsigned: [name] }), 400, 'IncompleteSignature')
    },
  )

  test('a changed body is refused', async () => {
    const headers = { 'x-acs-content-sha256': '0'.repeat(64) }
    expectError(await listKeys({ body: 'PageSize=1', headers }), 400, 'SignatureDoesNotMatch')
  })

  test.each([
    [-16 * 60_000, 'InvalidTimeStamp.Expired'],
    [16 * 60_000, 'InvalidTimeStamp.Expired'],
  ])('a time that is %i ms off is refused', async (offset, code) => {
    expectError(await listKeys({ headers: { 'x-acs-date': time(offset) } }), 400, code)
  })

  test.each([-14 * 60_000, 14 * 60_000])('a time that is %i ms off is accepted', async (offset) => {
    expect((await listKeys({ headers: { 'x-acs-date': time(offset) } })).status).toBe(200)
  })

  test.each([-20, 20])('the answer tells the time of the service, %i minutes off', async (minutes) => {
    await using other = await startLocalCloud({ now: () => Date.now() + minutes * 60_000 })
    const refused = await sendSigned(targetOf(other), { action: 'ListKeys' })
    expectError(refused, 400, 'InvalidTimeStamp.Expired')
    const told = Date.parse(String(refused.headers['date']))
    expect(Math.abs(told - Date.now() - minutes * 60_000)).toBeLessThan(5000)
    const headers = { 'x-acs-date': `${new Date(told).toISOString().slice(0, 19)}Z` }
    expect((await sendSigned(targetOf(other), { action: 'ListKeys', headers })).status).toBe(200)
  })

  test('a time with milliseconds is accepted', async () => {
    expect((await listKeys({ headers: { 'x-acs-date': new Date().toISOString() } })).status).toBe(200)
  })

  test.each(['yesterday', '2026-13-01T00:00:00Z', 'Mon, 23 Nov 2026 12:00:00 GMT'])(
    'the time %s is refused',
    async (date) => {
      expectError(await listKeys({ headers: { 'x-acs-date': date } }), 400, 'InvalidTimeStamp.Format')
    },
  )

  test('a request that comes again is refused', async () => {
    const headers = { 'x-acs-signature-nonce': 'once' }
    expect((await listKeys({ headers })).status).toBe(200)
    expectError(await listKeys({ headers }), 400, 'SignatureNonceUsed')
  })

  test('a wrong signature does not use up the nonce', async () => {
    const headers = { 'x-acs-signature-nonce': 'not-used-up' }
    const spoil: SignedRequest['spoil'] = (sent) => (sent.target = '/')
    expectError(await listKeys({ headers, spoil }), 400, 'SignatureDoesNotMatch')
    expect((await listKeys({ headers })).status).toBe(200)
  })
})

describe('what was to be signed', () => {
  test.each<Partial<SignedRequest>>([
    { spoil: (sent) => (sent.target = '/') },
    { headers: { 'x-acs-content-sha256': '0'.repeat(64) }, body: 'PageSize=1' },
  ])('is told where a signature of version 3 is wrong, as its hash (case %#)', async (wanted) => {
    const answer = await listKeys(wanted)
    expectError(answer, 400, 'SignatureDoesNotMatch')
    const { Message } = JSON.parse(answer.body) as { Message: string }
    expect(Message.slice(Message.indexOf(':') + 1)).toMatch(/^ACS3-HMAC-SHA256\n[0-9a-f]{64}$/)
  })

  test('is what the client signed, where only the secret is wrong', async () => {
    const credentials = { ...target.credentials, accessKeySecret: 'wrong' }
    const seen: string[] = []
    const spoil: SignedRequest['spoil'] = ({ headers, target: path }) => {
      const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? ''
      const canonical = names.split(';').map((name) => `${name}:${headers[name] ?? ''}\n`)
      const lines = ['POST', '/', path.slice(2), canonical.join(''), names, headers['x-acs-content-sha256']]
      seen.push(`ACS3-HMAC-SHA256\n${createHash('sha256').update(lines.join('\n')).digest('hex')}`)
    }
    const parameters = { PageNumber: '1' }
    const answer = await sendSigned({ ...target, credentials }, { action: 'ListKeys', parameters, spoil })
    expect((JSON.parse(answer.body) as { Message: string }).Message.split(':')[1]).toBe(seen[0])
  })
})

describe('signature version 1', () => {
  test('is accepted in the query and in a form', async () => {
    for (const asForm of [true, false]) {
      for (const method of ['POST', ...(asForm ? [] : ['GET' as const])] as const) {
        const options = { signature: 'v1', asForm, method } as const
        expect((await callKms(target, 'ListKeys', { PageSize: 1 }, options)).RequestId).toBeDefined()
      }
    }
  })

  test('a wrong one is refused', async () => {
    const credentials = { ...target.credentials, accessKeySecret: 'wrong' }
    await expect(callKms({ ...target, credentials }, 'ListKeys', {}, { signature: 'v1' })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test('the answer to a wrong one tells what was to be signed, after its first colon', async () => {
    const credentials = { ...target.credentials, accessKeySecret: 'wrong' }
    const call = callKms({ ...target, credentials }, 'ListKeys', { PageSize: 7 }, { signature: 'v1', method: 'GET' })
    const { data } = (await failureOf(call)) as { data: { Message: string } }
    const stringToSign = data.Message.slice(data.Message.indexOf(':') + 1)
    expect(stringToSign).toMatch(
      /^GET&%2F&AccessKeyId%3D.*%26Action%3DListKeys%26.*%26PageSize%3D7%26.*%26Version%3D2016-01-20$/,
    )
    expect(stringToSign).not.toContain('Signature%3D')
  })

  test.each([
    ['/?Action=ListKeys&Version=2016-01-20', 'IncompleteSignature'],
    ['/?Action=ListKeys&Version=2016-01-20&AccessKeyId=a&Signature=b&Timestamp=c', 'IncompleteSignature'],
    [
      '/?Action=ListKeys&Version=2016-01-20&AccessKeyId=a&Signature=b&Timestamp=c&SignatureNonce=d&SignatureMethod=HMAC-MD5',
      'InvalidParameter',
    ],
  ])('%s is refused', async (path, code) => {
    expectError(await sendRaw(target, 'GET', path), 400, code)
  })
})

describe('an STS token', () => {
  const tokenTarget = targetOf(withToken)
  const { accessKeyId, accessKeySecret } = withToken.credentials

  test.each(['v1', 'v3'] as const)('has to be there, and right (%s)', async (signature) => {
    const none = { ...tokenTarget, credentials: { accessKeyId, accessKeySecret } }
    await expect(callKms(none, 'ListKeys', {}, { signature })).rejects.toMatchObject({ code: 'MissingSecurityToken' })
    const wrong = { ...tokenTarget, credentials: { accessKeyId, accessKeySecret, securityToken: 'other' } }
    await expect(callKms(wrong, 'ListKeys', {}, { signature })).rejects.toMatchObject({
      code: 'InvalidSecurityToken.MismatchWithAccessKey',
    })
    await callKms(tokenTarget, 'ListKeys', {}, { signature })
  })

  test('has to be absent where the access key has none', async () => {
    const credentials = { ...target.credentials, securityToken: 'x' }
    await expect(callKms({ ...target, credentials }, 'ListKeys')).rejects.toMatchObject({
      code: 'InvalidSecurityToken.MismatchWithAccessKey',
    })
  })
})

describe('what is no request of the API', () => {
  test.each([
    ['DELETE', '/', 403, 'UnsupportedHTTPMethod'],
    ['GET', '/other', 404, 'InvalidAction.NotFound'],
    ['GET', '/', 400, 'MissingParameter'],
    ['GET', '/?Action=', 404, 'InvalidAction.NotFound'],
    ['GET', '/?Action=Nothing&Version=2016-01-20', 404, 'InvalidAction.NotFound'],
    ['GET', '/?Action=ListKeys&Version=2015-01-01', 400, 'InvalidVersion'],
    ['GET', '/?Action=ListKeys', 400, 'InvalidVersion'],
    ['GET', '/?Action=constructor&Version=2016-01-20', 404, 'InvalidAction.NotFound'],
    ['GET', '/?Action=ListKeys&Action=ListKeys', 400, 'InvalidParameter'],
    ['GET', '/?%zz=%', 400, 'MissingParameter'],
  ])('%s %s is answered with %i %s', async (method, path, status, code) => {
    expectError(await sendRaw(target, method, path), status, code)
  })

  test('a long body is refused, and the connection still answers or ends', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = sendRaw(
      target,
      'POST',
      '/?Action=ListKeys&Version=2016-01-20',
      headers,
      `a=${'x'.repeat(1024 * 1024)}`,
    )
    const answer = await sent.catch((error: unknown) => error)
    if (answer instanceof Error) expect(answer).toHaveProperty('code', expect.stringMatching(/ECONNRESET|EPIPE/))
    else expectError(answer as RawAnswer, 413, 'RequestEntityTooLarge')
    expect((await listKeys({})).status).toBe(200)
  })

  test('an URL that is far too long is refused', async () => {
    const answer = await sendRaw(target, 'GET', `/?a=${'x'.repeat(300_000)}`).catch(() => ({ status: 431 }))
    expect(answer.status).toBe(431)
  })
})
