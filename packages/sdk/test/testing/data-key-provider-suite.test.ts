import {
  CachingDataKeyProvider,
  KmsDataKeyProvider,
  type DataKeyProvider,
  type DataKeyRequest,
  type EncryptionMaterials,
  type UnwrappedDataKey,
} from 'osscrypt'
import { dataKeyProviderSuite, SuiteError } from 'osscrypt/testing'
import { startLocalCloud } from 'osscrypt-local'
import { afterAll, describe, expect, test } from 'vitest'
import { kmsOptions } from '../support/cloud-fixture.js'
import { BufferDataKeyProvider, MemoryDataKeyProvider, type DecryptRequest } from './memory-data-key-provider.js'
import { failures, runSuite } from './run-suite.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
const first = await cloud.createKey()
const second = await cloud.createKey()
const elsewhere = await cloud.createKey({ region: 'cn-beijing' })
const cached = (provider: DataKeyProvider) => new CachingDataKeyProvider(provider, { maxAgeMs: 60_000 })
const kms = (...arns: string[]) => new KmsDataKeyProvider(arns, kmsOptions(cloud))

runSuite('a provider in memory', dataKeyProviderSuite({ create: () => new MemoryDataKeyProvider() }))
runSuite('a provider that gives Buffers', dataKeyProviderSuite({ create: () => new BufferDataKeyProvider() }))
runSuite(
  'a cache around a provider that gives Buffers',
  dataKeyProviderSuite({ create: () => cached(new BufferDataKeyProvider()) }),
)
runSuite('KMS', dataKeyProviderSuite({ create: () => kms(first) }))
runSuite('KMS with several CMKs', dataKeyProviderSuite({ create: () => kms(first, second, elsewhere) }))
runSuite('a cache around KMS', dataKeyProviderSuite({ create: () => cached(kms(first)) }))
runSuite('a cache around KMS with several CMKs', dataKeyProviderSuite({ create: () => cached(kms(second, elsewhere)) }))
runSuite('a cache around a cache', dataKeyProviderSuite({ create: () => cached(cached(new MemoryDataKeyProvider())) }))
runSuite(
  'a cache for reading only',
  dataKeyProviderSuite({
    create: () => new CachingDataKeyProvider(new MemoryDataKeyProvider(), { maxAgeMs: 1000, maxMessages: 1 }),
  }),
)

/** Providers that are wrong in one way each, and a part of the name of the case that has to say so. */
const wrong: Record<string, readonly [provider: new () => DataKeyProvider, caseName: string]> = {
  'a short key': [
    class extends MemoryDataKeyProvider {
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        const made = await super.generateDataKey(request)
        return { ...made, dataKey: made.dataKey.subarray(1) }
      }
    },
    'makes a data key for',
  ],
  'a CMK twice': [
    class extends MemoryDataKeyProvider {
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        const made = await super.generateDataKey(request)
        return { ...made, encryptedDataKeys: [...made.encryptedDataKeys, ...made.encryptedDataKeys] }
      }
    },
    'makes a data key for',
  ],
  'no wrapped key': [
    class extends MemoryDataKeyProvider {
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        return { ...(await super.generateDataKey(request)), encryptedDataKeys: [] }
      }
    },
    'makes a data key for',
  ],
  'a CMK that is not among its own': [
    class extends MemoryDataKeyProvider {
      override readonly cmkArns = ['acs:kms:cn-hangzhou:1:key/another']
    },
    'names its CMKs',
  ],
  'another data key than was made': [
    class extends MemoryDataKeyProvider {
      override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return (await super.decryptDataKey(request))?.map((byte) => byte ^ 1) ?? null
      }
    },
    'opens it again',
  ],
  'only the first wrapped key looked at': [
    class extends MemoryDataKeyProvider {
      override decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return super.decryptDataKey({ ...request, encryptedDataKeys: request.encryptedDataKeys.slice(0, 1) })
      }
    },
    'beside those of others',
  ],
  'another wrapped key named than was opened': [
    class extends MemoryDataKeyProvider {
      async unwrapDataKey(request: DecryptRequest): Promise<UnwrappedDataKey | null> {
        const dataKey = await super.decryptDataKey(request)
        const [first] = request.encryptedDataKeys
        return dataKey && first ? { dataKey, encryptedDataKey: first } : null
      }
    },
    'says which data key it opened',
  ],
  'throwing for what is not its own': [
    class extends MemoryDataKeyProvider {
      override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        const opened = await super.decryptDataKey(request)
        if (!opened) throw new Error('not mine')
        return opened
      }
    },
    'answers null',
  ],
  'null for what is broken': [
    class extends MemoryDataKeyProvider {
      override decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return super.decryptDataKey(request).catch(() => null)
      }
    },
    'throws when a data key is its own and broken',
  ],
  'a context that is not bound': [
    class extends MemoryDataKeyProvider {
      override generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        return super.generateDataKey({ ...request, encryptionContext: {} })
      }
      override decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return super.decryptDataKey({ ...request, encryptionContext: {} })
      }
    },
    'with no other encryption context',
  ],
  'a context that is joined without lengths': [
    class extends MemoryDataKeyProvider {
      override generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        return super.generateDataKey({ ...request, encryptionContext: joined(request) })
      }
      override decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return super.decryptDataKey({ ...request, encryptionContext: joined(request) })
      }
    },
    'with no other encryption context',
  ],
  'a context in the order it was given': [
    class extends MemoryDataKeyProvider {
      override generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        return super.generateDataKey({ ...request, encryptionContext: ordered(request) })
      }
      override decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        return super.decryptDataKey({ ...request, encryptionContext: ordered(request) })
      }
    },
    'whatever that is',
  ],
  'one data key for all': [
    class extends MemoryDataKeyProvider {
      #made: Promise<EncryptionMaterials> | undefined
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        this.#made ??= super.generateDataKey(request)
        const made = await this.#made
        return { ...made, dataKey: made.dataKey.slice(0, request.algorithm.keyLength) }
      }
    },
    'a data key of its own',
  ],
  'an array that two callers share': [
    class extends MemoryDataKeyProvider {
      readonly #opened = new Map<string, Uint8Array | null>()
      override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        const name = JSON.stringify(request)
        if (!this.#opened.has(name)) this.#opened.set(name, await super.decryptDataKey(request))
        return this.#opened.get(name) ?? null
      }
    },
    'arrays of his own',
  ],
  'wrapped keys that are erased after use': [
    class extends MemoryDataKeyProvider {
      override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
        const opened = await super.decryptDataKey(request)
        for (const { ciphertextBlob } of request.encryptedDataKeys) ciphertextBlob.fill(0)
        return opened
      }
    },
    'leaves what it is given',
  ],
  'one context for all requests at a time': [
    class extends MemoryDataKeyProvider {
      #context: DataKeyRequest['encryptionContext'] = {}
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        this.#context = request.encryptionContext
        await Promise.resolve()
        return super.generateDataKey({ ...request, encryptionContext: this.#context })
      }
    },
    'at the same time',
  ],
  'a signal that is not looked at': [
    class extends MemoryDataKeyProvider {
      override generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        return super.generateDataKey({ ...request, signal: undefined })
      }
    },
    'of a signal that is aborted',
  ],
  'an error of its own for an aborted signal': [
    class extends MemoryDataKeyProvider {
      override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
        await Promise.resolve()
        if (request.signal?.aborted) throw new Error('aborted')
        return super.generateDataKey(request)
      }
    },
    'aborted on the way',
  ],
}

function joined({ encryptionContext }: DataKeyRequest): Record<string, string> {
  return { all: Object.entries(encryptionContext).sort().flat().join('') }
}

function ordered({ encryptionContext }: DataKeyRequest): Record<string, string> {
  return { all: JSON.stringify(encryptionContext) }
}

describe('the suite finds', () => {
  test.each(Object.entries(wrong))('%s', async (_, [Provider, caseName]) => {
    const found = await failures(dataKeyProviderSuite({ create: () => new Provider() }))
    expect(found.some((name) => name.includes(caseName))).toBe(true)
  })
})

test('a case fails with what was wrong', async () => {
  const [, caseOfFirst] = wrong['a short key']!
  const [Provider] = wrong['a short key']!
  const failing = dataKeyProviderSuite({ create: () => new Provider() }).find(({ name }) => name.includes(caseOfFirst))!
  await expect(failing.run()).rejects.toThrow(new SuiteError('a data key of 31 bytes instead of 32'))
})

test('algorithms can be chosen', () => {
  const create = () => new MemoryDataKeyProvider()
  const names = dataKeyProviderSuite({ create, algorithms: ['AES_CBC_PKCS5_256'] }).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('makes a data key for'))).toEqual([
    'makes a data key for AES_CBC_PKCS5_256, and opens it again',
  ])
  expect(() => dataKeyProviderSuite({ create, algorithms: [] })).toThrow(TypeError)
})
