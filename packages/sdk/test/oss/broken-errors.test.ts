import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

describe('an error of which the text does not arrive whole', () => {
  const fixture = useCloud({ timeout: 500 })

  test.each([
    ['stands still before it begins', { kind: 'stall', afterBytes: 0 }],
    ['stands still', { kind: 'stall', afterBytes: 30 }],
    ['is cut off before it begins', { kind: 'cut', of: 'answer', afterBytes: 0 }],
    ['is cut off', { kind: 'cut', of: 'answer', afterBytes: 30 }],
    ['is no XML', { kind: 'corrupt', atByte: 0 }],
  ] as const)('%s', async (_title, effect) => {
    const client = fixture.client({ idleTimeoutMs: 200 })
    const runs: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['GetObject', () => client.get('none')],
      ['GetObject', () => client.getStream('none')],
      ['CopyObject', () => client.copy('other', 'object')],
      ['PutObject', () => client.put('object', Buffer.alloc(3), { headers: { 'x-oss-forbid-overwrite': 'true' } })],
    ]
    for (const [operation, run] of runs) {
      await fixture.client().put('object', Buffer.alloc(3), { bindToObject: false })
      if (operation === 'CopyObject')
        fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'error', status: 403 } })
      fixture.cloud.faults.add({ service: 'oss', operation, effect, times: Infinity })
      const error = await rejection(within(8000, run()))
      expect(error, String(error)).toMatchObject({ name: 'ServiceError', service: 'oss' })
      fixture.cloud.faults.clear()
    }
  })
})
