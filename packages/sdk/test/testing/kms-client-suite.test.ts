import { OpenApiKmsClient, ServiceError, type KmsClient } from 'osscrypt'
import { kmsClientSuite } from 'osscrypt/testing'
import { startLocalCloud } from 'osscrypt-local'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { kmsOptions } from '../support/cloud-fixture.js'
import { failures, runSuite } from './run-suite.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
afterEach(() => cloud.faults.clear())
const region = cloud.region
const key = { region, keyId: await cloud.createKey() }
const otherKey = { region, keyId: await cloud.createKey() }
const { retry: _, ...options } = kmsOptions(cloud)
const official = () => new OpenApiKmsClient(options)
const suite = (create: () => KmsClient) =>
  kmsClientSuite({
    create,
    key,
    otherKey,
    throttleOnce: () => cloud.faults.add({ service: 'kms', effect: { kind: 'throttle' } }),
  })

runSuite('the official client', suite(official))

/** The official client with some of its operations replaced. */
function wrongly(change: (right: KmsClient) => Partial<KmsClient>): () => KmsClient {
  return () => {
    const right = official()
    return {
      generateDataKey: (...args) => right.generateDataKey(...args),
      encrypt: (...args) => right.encrypt(...args),
      decrypt: (...args) => right.decrypt(...args),
      reEncrypt: (...args) => right.reEncrypt(...args),
      ...change(right),
    }
  }
}

const wrong: Record<string, readonly [create: () => KmsClient, caseName: string]> = {
  'a data key of another length': [
    wrongly((right) => ({
      generateDataKey: (request, callOptions) =>
        right.generateDataKey({ ...request, length: { numberOfBytes: 32 } }, callOptions),
    })),
    'a data key of AES_128',
  ],
  'a context that is not sent': [
    wrongly((right) => ({
      generateDataKey: (request, callOptions) =>
        right.generateDataKey({ ...request, encryptionContext: {} }, callOptions),
      decrypt: (request, callOptions) => right.decrypt({ ...request, encryptionContext: {} }, callOptions),
    })),
    'for another encryption context',
  ],
  'another key than the one asked for': [
    wrongly((right) => ({
      reEncrypt: (request, callOptions) => right.reEncrypt({ ...request, ...key }, callOptions),
    })),
    're-encrypts to another key',
  ],
  'errors that are not typed': [
    wrongly((right) => ({
      decrypt: async (request, callOptions) => {
        try {
          return await right.decrypt(request, callOptions)
        } catch (error) {
          throw callOptions?.signal?.aborted ? error : new Error(String(error))
        }
      },
    })),
    'for a changed wrapped key',
  ],
  'a plaintext in an error': [
    wrongly((right) => ({
      encrypt: async (request, callOptions) => {
        try {
          return await right.encrypt(request, callOptions)
        } catch (error) {
          const text = `${(error as ServiceError).message} ${Buffer.from(request.plaintext).toString('base64')}`
          throw new ServiceError('KeyNotFound', 'failed', { service: 'kms', cause: new Error(text) })
        }
      },
    })),
    'says nothing secret',
  ],
  'tries of its own': [
    wrongly((right) => ({
      generateDataKey: async (request, callOptions) => {
        try {
          return await right.generateDataKey(request, callOptions)
        } catch {
          callOptions?.signal?.throwIfAborted()
          return right.generateDataKey(request, callOptions)
        }
      },
    })),
    'leaves it to the caller to try again',
  ],
  'a signal that is not looked at': [
    wrongly((right) => ({ generateDataKey: (request) => right.generateDataKey(request) })),
    'the reason of an aborted signal',
  ],
}

describe('the suite finds', () => {
  test.each(Object.entries(wrong))('%s', async (_name, [create, caseName]) => {
    const case_ = suite(create).filter(({ name }) => name.includes(caseName))
    expect(case_).toHaveLength(1)
    expect(await failures(case_)).toHaveLength(1)
  })
})

test('what the service cannot be made to do is left out', () => {
  const names = kmsClientSuite({ create: official, key, otherKey }).map(({ name }) => name)
  expect(names).not.toContain('leaves it to the caller to try again')
})
