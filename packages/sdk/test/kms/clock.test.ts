import { KmsDataKeyProvider } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { rejection, within } from '../support/rejection.js'
import { json, startAnsweringServer } from './answering-server.js'

// The local KMS refuses requests of another time, as KMS does; its clock is turned here.

const HOUR_MS = 3_600_000
let skewMs = 0
const cloud: LocalCloud = await startLocalCloud({ now: () => Date.now() + skewMs })
const arn = await cloud.createKey()
const server = await startAnsweringServer()
afterAll(() => cloud.close())
beforeEach(() => {
  skewMs = 0
  cloud.clearRequests()
  server.requests.length = 0
  return () => vi.useRealTimers()
})

const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: {} }
const provider = (endpoint: string) =>
  new KmsDataKeyProvider(arn, {
    endpoint,
    credentials: cloud.credentials,
    retry: { maxAttempts: 5, delayMs: () => 60_000 },
  })

test('a clock that is wrong is corrected by what KMS says the time is, for this request and the next ones', async () => {
  // Both clocks are those of this machine: the one of this process is turned, and the Date of the answer is not.
  const realNow = Date.now
  for (const turnedMs of [-HOUR_MS, HOUR_MS, 400 * 24 * HOUR_MS]) {
    const keys = provider(cloud.kms.endpoint)
    skewMs = -turnedMs
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + turnedMs)
    cloud.clearRequests()
    await within(5000, keys.generateDataKey(request))
    expect(cloud.requests).toHaveLength(2)
    await keys.generateDataKey(request)
    expect(cloud.requests).toHaveLength(3)
    vi.restoreAllMocks()
  }
})

test.each([
  ['the time that it is here', new Date().toUTCString()],
  ['no time', undefined],
  ['what is no time', 'yesterday'],
])('ClockSkewed at once when the answer says %s', async (_title, date) => {
  server.answer = (incoming, response) => {
    response.sendDate = false
    if (date !== undefined) response.setHeader('date', date)
    json({ Code: 'IllegalTimestamp', Message: 'canary', RequestId: 'r1' }, 400)(incoming, response)
  }
  const error = await within(5000, rejection(provider(server.endpoint).generateDataKey(request)))
  expect(error).toMatchObject({ code: 'ClockSkewed', retryable: false, status: 400, serviceCode: 'IllegalTimestamp' })
  expect(error.message).toContain('set the clock of this machine')
  expect(server.requests).toHaveLength(1)
})

test('ClockSkewed when the time that KMS says does not help', async () => {
  server.answer = (incoming, response) => {
    response.setHeader('date', new Date(Date.now() + HOUR_MS).toUTCString())
    json({ Code: 'IllegalTimestamp', RequestId: 'r1' }, 400)(incoming, response)
  }
  const error = await within(5000, rejection(provider(server.endpoint).generateDataKey(request)))
  expect(error).toMatchObject({ code: 'ClockSkewed' })
  expect(server.requests).toHaveLength(2)
  const [first, second] = server.requests.map(({ headers }) => Date.parse(String(headers['x-acs-date'])))
  expect(second! - first!).toBeGreaterThan(HOUR_MS - 10_000)
})
