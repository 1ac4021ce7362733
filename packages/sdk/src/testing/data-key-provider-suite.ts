import { copySecret } from '../bytes/secret-bytes.js'
import { algorithmByName, type AlgorithmName } from '../crypto/algorithm.js'
import type { DataKeyProvider, EncryptionMaterials } from '../keys/data-key-provider.js'
import { contextFromEntries, type EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import { flipLastBit, rejection, demand, sameBytes, suiteCase, type SuiteCase } from './suite.js'

/** What {@link dataKeyProviderSuite} tests, and how it is made. */
export interface DataKeyProviderSuiteOptions {
  /** Makes a provider for one case. */
  readonly create: () => DataKeyProvider | Promise<DataKeyProvider>
  /** Default: one suite for each length of data key, and for each cipher. */
  readonly algorithms?: readonly AlgorithmName[] | undefined
  /** A wrapped data key that is none of the provider's. Default: one of a CMK of account 1. */
  readonly foreign?: EncryptedDataKey | undefined
}

const contexts: readonly EncryptionContext[] = [
  {},
  { a: 'bc' },
  { ab: 'c' },
  { '': '' },
  { 部门: '财务', '😀': '\u{10FFFF}', z: 'line\nbreak' },
].map((context) => Object.freeze(context))

const [empty, context, similar] = contexts as [EncryptionContext, EncryptionContext, EncryptionContext]

const foreignKey: EncryptedDataKey = {
  keyArn: 'acs:kms:cn-hangzhou:1:key/00000000-0000-0000-0000-000000000000',
  ciphertextBlob: Uint8Array.from({ length: 64 }, (_, index) => index),
}

/** What every {@link DataKeyProvider} has to do, as cases for any test runner. */
export function dataKeyProviderSuite(options: DataKeyProviderSuiteOptions): SuiteCase[] {
  const { create, foreign = foreignKey } = options
  const names = options.algorithms ?? [
    'AES_GCM_NOPADDING_256',
    'AES_GCM_NOPADDING_128',
    'SM4_GCM_NOPADDING_128',
    'FLOE',
  ]
  const algorithms = names.map((name) => algorithmByName(name))
  const [algorithm] = algorithms
  if (!algorithm) throw new TypeError('no algorithms given')
  const given = (name: string, body: (provider: DataKeyProvider) => Promise<void>) => suiteCase(name, create, body)

  return [
    ...algorithms.map((each) =>
      given(`makes a data key for ${each.name}, and opens it again`, async (provider) => {
        const made = await provider.generateDataKey({ algorithm: each, encryptionContext: context })
        requireMaterials(made, each.keyLength)
        const { encryptedDataKeys } = made
        const opened = await provider.decryptDataKey({ algorithm: each, encryptionContext: context, encryptedDataKeys })
        requireSameKey(opened, made)
      }),
    ),
    given('names its CMKs in its wrapped keys, if it names them at all', async (provider) => {
      const { encryptedDataKeys } = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const arns = encryptedDataKeys.map(({ keyArn }) => keyArn)
      const stranger = provider.cmkArns && arns.find((arn) => !provider.cmkArns?.includes(arn))
      demand(stranger === undefined, 'a data key is wrapped under a CMK that cmkArns does not name')
    }),
    given('opens its data keys one by one with the same answer, or not at all', async (provider) => {
      const made = await provider.generateDataKey({ algorithm, encryptionContext: context })
      for (const one of made.encryptedDataKeys) {
        const request = { algorithm, encryptionContext: context, encryptedDataKeys: [one] }
        const opened = await provider.decryptDataKey(request)
        if (opened) requireSameKey(opened, made)
      }
    }),
    given('says which data key it opened, if it says it at all', async (provider) => {
      const made = await provider.generateDataKey({ algorithm, encryptionContext: context })
      for (const one of made.encryptedDataKeys) {
        const request = { algorithm, encryptionContext: context, encryptedDataKeys: [foreign, one] }
        const unwrapped = await provider.unwrapDataKey?.(request)
        if (!unwrapped) continue
        requireSameKey(unwrapped.dataKey, made)
        const { keyArn, ciphertextBlob } = unwrapped.encryptedDataKey
        const same = keyArn === one.keyArn && sameBytes(ciphertextBlob, one.ciphertextBlob)
        demand(same, 'another data key was opened than the provider says')
      }
    }),
    given('opens data keys in any order, and beside those of others', async (provider) => {
      const made = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const own = [...made.encryptedDataKeys].reverse()
      for (const encryptedDataKeys of [own, [foreign, ...own], [...own, foreign]]) {
        requireSameKey(
          await provider.decryptDataKey({ algorithm, encryptionContext: context, encryptedDataKeys }),
          made,
        )
      }
    }),
    given('answers null when no data key is its own', async (provider) => {
      for (const encryptedDataKeys of [[foreign], []]) {
        const opened = await provider.decryptDataKey({ algorithm, encryptionContext: context, encryptedDataKeys })
        demand(opened === null, 'something else than null came for data keys of others')
      }
    }),
    given('throws when a data key is its own and broken', async (provider) => {
      const made = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const encryptedDataKeys = made.encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
        keyArn,
        ciphertextBlob: flipLastBit(ciphertextBlob),
      }))
      await rejection(
        provider.decryptDataKey({ algorithm, encryptionContext: context, encryptedDataKeys }),
        'a changed data key was opened, or taken for that of another',
      )
    }),
    given('opens a data key with the encryption context that it was made for, whatever that is', async (provider) => {
      for (const encryptionContext of contexts) {
        const made = await provider.generateDataKey({ algorithm, encryptionContext })
        const turned = contextFromEntries(Object.entries(encryptionContext).reverse())
        const { encryptedDataKeys } = made
        requireSameKey(await provider.decryptDataKey({ algorithm, encryptionContext: turned, encryptedDataKeys }), made)
      }
    }),
    given('opens a data key with no other encryption context', async (provider) => {
      const made = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const { encryptedDataKeys } = made
      await provider.decryptDataKey({ algorithm, encryptionContext: context, encryptedDataKeys })
      for (const encryptionContext of [empty, similar, { ...context, more: '' }]) {
        await rejection(
          provider.decryptDataKey({ algorithm, encryptionContext, encryptedDataKeys }),
          'a data key was opened with another encryption context',
        )
      }
    }),
    given('makes a data key of its own for a message of unknown length', async (provider) => {
      const first = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const second = await provider.generateDataKey({ algorithm, encryptionContext: context })
      demand(!sameBytes(first.dataKey, second.dataKey), 'two messages of unknown length got the same data key')
    }),
    given('gives every caller arrays of his own', async (provider) => {
      const request = { algorithm, encryptionContext: context, plaintextLength: 1 }
      const first = await provider.generateDataKey(request)
      const kept = copyOf(first)
      eraseMaterials(first)
      requireMaterials(await provider.generateDataKey(request), algorithm.keyLength)
      const { encryptedDataKeys } = kept
      for (let reading = 0; reading < 2; reading += 1) {
        const opened = await provider.decryptDataKey({ algorithm, encryptionContext: context, encryptedDataKeys })
        requireSameKey(opened, kept)
        opened.fill(0)
      }
    }),
    given('leaves what it is given as it is', async (provider) => {
      const encryptionContext = Object.freeze({ b: '2', a: '1' })
      const request = Object.freeze({ algorithm, encryptionContext })
      const made = await provider.generateDataKey(request)
      const encryptedDataKeys = Object.freeze(made.encryptedDataKeys.map((key) => Object.freeze(key)))
      const blobs = encryptedDataKeys.map(({ ciphertextBlob }) => new Uint8Array(ciphertextBlob))
      requireSameKey(await provider.decryptDataKey(Object.freeze({ ...request, encryptedDataKeys })), made)
      const same = encryptedDataKeys.every(({ ciphertextBlob }, index) =>
        sameBytes(ciphertextBlob, blobs[index] ?? ciphertextBlob),
      )
      demand(same, 'the wrapped keys were changed')
    }),
    given('does not mix up requests that come at the same time', async (provider) => {
      const made = await Promise.all(
        contexts.map(async (encryptionContext) => ({
          encryptionContext,
          materials: await provider.generateDataKey({ algorithm, encryptionContext, plaintextLength: 1 }),
        })),
      )
      await Promise.all(
        made.map(async ({ encryptionContext, materials }) => {
          const { encryptedDataKeys } = materials
          requireSameKey(await provider.decryptDataKey({ algorithm, encryptionContext, encryptedDataKeys }), materials)
        }),
      )
    }),
    given('rejects with the reason of a signal that is aborted', async (provider) => {
      const { encryptedDataKeys } = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const reason = new Error('aborted by the suite')
      const request = { algorithm, encryptionContext: context, signal: AbortSignal.abort(reason) }
      const otherwise = 'an aborted request was carried out'
      const outcomes = [
        await rejection(provider.generateDataKey(request), otherwise),
        await rejection(provider.decryptDataKey({ ...request, encryptedDataKeys }), otherwise),
      ]
      demand(
        outcomes.every((error) => error === reason),
        'an aborted request failed with something else than the reason',
      )
    }),
    given('rejects with the reason of a signal that is aborted on the way', async (provider) => {
      const { encryptedDataKeys } = await provider.generateDataKey({ algorithm, encryptionContext: context })
      const reason = new Error('aborted by the suite')
      const controller = new AbortController()
      const request = { algorithm, encryptionContext: context, signal: controller.signal }
      const working = Promise.allSettled([
        provider.generateDataKey(request),
        provider.decryptDataKey({ ...request, encryptedDataKeys }),
      ])
      controller.abort(reason)
      const right = (await working).every((outcome) => outcome.status === 'fulfilled' || outcome.reason === reason)
      demand(right, 'an aborted request failed with something else than the reason')
      requireMaterials(await provider.generateDataKey({ algorithm, encryptionContext: context }), algorithm.keyLength)
    }),
  ]
}

function requireMaterials({ dataKey, encryptedDataKeys }: EncryptionMaterials, keyLength: number): void {
  demand(dataKey.length === keyLength, `a data key of ${dataKey.length} bytes instead of ${keyLength}`)
  demand(
    dataKey.some((byte) => byte !== 0),
    'a data key of zeros',
  )
  demand(encryptedDataKeys.length > 0, 'no wrapped data key')
  demand(
    encryptedDataKeys.every(({ keyArn }) => keyArn !== ''),
    'a wrapped data key without an ARN',
  )
  demand(
    encryptedDataKeys.every(({ ciphertextBlob }) => ciphertextBlob.length > 0),
    'an empty wrapped data key',
  )
  const arns = new Set(encryptedDataKeys.map(({ keyArn }) => keyArn))
  demand(arns.size === encryptedDataKeys.length, 'a CMK that wrapped the data key twice')
}

function requireSameKey(opened: Uint8Array | null, made: EncryptionMaterials): asserts opened is Uint8Array {
  demand(opened !== null, 'null came for a data key that the provider made')
  demand(sameBytes(opened, made.dataKey), 'another data key was opened than the one that was made')
}

function copyOf({ dataKey, encryptedDataKeys }: EncryptionMaterials): EncryptionMaterials {
  return {
    dataKey: copySecret(dataKey),
    encryptedDataKeys: encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: new Uint8Array(ciphertextBlob),
    })),
  }
}

function eraseMaterials({ dataKey, encryptedDataKeys }: EncryptionMaterials): void {
  dataKey.fill(0)
  for (const { ciphertextBlob } of encryptedDataKeys) ciphertextBlob.fill(0)
}
