import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET } from '../support/cloud-fixture.js'

const script = fileURLToPath(new URL('key-memory.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))

describe.skipIf(!existsSync(built) || !existsSync('/proc/self/mem'))('data keys', { timeout: 60_000 }, () => {
  let cloud: LocalCloud
  let settings: object
  beforeAll(async () => {
    cloud = await startLocalCloud({ buckets: [BUCKET], instance: true })
    const cmks = [await cloud.createKey(), await cloud.createKey({ region: 'cn-beijing' })]
    const { id, endpoint, ca } = cloud.instance!
    const instanceCmk = await cloud.createKey({ instanceId: id })
    settings = {
      cmks,
      instanceCmk,
      instances: { [instanceCmk]: { id, endpoint, ca } },
      kms: { endpoint: cloud.kms.endpoint, credentials: cloud.credentials },
      region: cloud.region,
      ossOptions: cloud.ossOptions(BUCKET),
    }
  })
  afterAll(() => cloud.close())

  async function findKeys(work: string): Promise<{ inMemory: number[]; inHeap: number[] }> {
    const parameters = ['--expose-gc', script, JSON.stringify({ ...settings, work })]
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { timeout: 55_000 })
    return JSON.parse(stdout) as { inMemory: number[]; inHeap: number[] }
  }

  test.each(['messages', 'a KMS instance, over TLS', 'Secrets Manager', 'a cache that was cleared', 'objects'])(
    'are nowhere in memory afterwards, and their base64 nowhere that JavaScript reaches: %s',
    async (work) => {
      const { inMemory, inHeap } = await findKeys(work)
      expect(inMemory.length).toBeGreaterThan(1)
      expect(inMemory).toEqual(inMemory.map(() => 0))
      expect(inHeap).toEqual(inHeap.map(() => 0))
    },
  )

  test('are found where they are kept', async () => {
    const { inMemory, inHeap } = await findKeys('a key that is kept')
    expect(inMemory[0]).toBeGreaterThan(0)
    expect(inHeap[0]).toBeGreaterThan(0)
  })
})
