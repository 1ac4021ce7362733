import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBroker, type BrokerAuditRecord } from 'osscrypt/broker'
import { toNodeHandler } from 'osscrypt/broker/node'
import { describe, expect, test } from 'vitest'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { allowPages } from './backend.js'
import { canRunPages, runPage } from './chromium.js'

describe.skipIf(!canRunPages)('in Chromium', { timeout: 120_000 }, () => {
  const fixture = useCloud()

  test('objects go to OSS and back by a broker of another origin, and what is not the user’s is refused', async () => {
    const { cloud } = fixture
    await allowPages(cloud)
    const records: BrokerAuditRecord[] = []
    let origin = ''
    const server = createServer((request, response) => {
      // The page's origin is known when it comes.
      void handler().then((handle) => handle(request, response))
    })
    let made: Promise<ReturnType<typeof toNodeHandler>> | undefined
    const handler = () => (made ??= Promise.resolve(toNodeHandler(brokerOf(origin))))
    const brokerOf = (page: string) =>
      createBroker({
        dataKeys: fixture.dataKeys(),
        bucket: { bucket: BUCKET, region: 'cn-hangzhou', url: `${cloud.oss.endpoint}/${BUCKET}` },
        credentials: cloud.credentials,
        origins: [page],
        authorize: (request, _action, name) => {
          const user = request.headers.get('authorization')
          return user && name.startsWith(`${user}/`) ? { user, maxUploadLength: 800_000 } : null
        },
        audit: (record) => void records.push(record),
      })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/osscrypt`
      const results = await runPage('broker-page.mjs', { broker: () => url }, (page) => {
        origin = page
      })
      expect(results).toEqual({ 'objects go to OSS and back': 'passed', 'what is not the user’s is refused': 'passed' })
    } finally {
      server.close()
    }
    expect(records.filter(({ status }) => status !== 200)).toMatchObject([
      { operation: 'GetObject', name: 'bert/a', reason: 'denied' },
      { operation: 'PutObject', name: 'anna/long', reason: 'grant' },
    ])
  })
})
