import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { DataKeyRequest, EncryptionContext, EncryptionMaterials } from 'osscrypt'
import { expect, test } from 'vitest'
import { encodeDataKeyCacheId, type DataKeyCacheIdFields } from '../../src/keys/data-key-cache-id.js'
import { cacheAround, GatedProvider, isZero, messageOf, openingOf, settle, suiteNamed } from './caching-fixture.js'

// Few letters and short texts, so that what is different comes close to being the same.
const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '\0', '"'), maxLength: 3 })
const bytes = fc.uint8Array({ max: 2, maxLength: 4 })
const context = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 3 })
  .map((entries): EncryptionContext => Object.fromEntries(entries))
const fields: fc.Arbitrary<DataKeyCacheIdFields> = fc.record({
  partition: bytes,
  cmkArns: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
  algorithm: fc.constantFrom(
    suiteNamed('AES_GCM_NOPADDING_256'),
    suiteNamed('AES_CTR_NOPADDING_256'),
    suiteNamed('FLOE'),
  ),
  encryptionContext: context,
  encryptedDataKeys: fc.option(fc.array(fc.record({ keyArn: text, ciphertextBlob: bytes }), { maxLength: 3 }), {
    nil: undefined,
  }),
})

/** The same in a form that can be compared. */
function describeFields({
  partition,
  cmkArns,
  algorithm,
  encryptionContext,
  encryptedDataKeys,
}: DataKeyCacheIdFields): unknown {
  return {
    partition: [...partition],
    cmkArns,
    algorithm: algorithm.id,
    encryptionContext,
    encryptedDataKeys: encryptedDataKeys?.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: [...ciphertextBlob],
    })),
  }
}

/** Reads an id, by the description of its form. What can be read back is written injectively. */
function decodeCacheId(id: string): unknown {
  const bytesOfId = Buffer.from(id, 'base64')
  let offset = 0
  const number = () => bytesOfId.readUInt32BE((offset += 4) - 4)
  const part = (length = number()) => bytesOfId.subarray(offset, (offset += length))
  const list = <Element>(element: () => Element): Element[] | undefined =>
    part(1)[0] === 1 ? Array.from({ length: number() }, element) : undefined
  const fieldsRead = {
    partition: [...part()],
    cmkArns: list(() => part().toString()),
    algorithm: number(),
    encryptionContext: decodeContext(part()),
    encryptedDataKeys: list(() => ({ keyArn: part().toString(), ciphertextBlob: [...part()] })),
  }
  expect(offset).toBe(bytesOfId.length)
  return fieldsRead
}

function decodeContext(encoded: Buffer): Record<string, string> {
  let offset = 4
  const entries: [string, string][] = []
  const text = () => {
    const length = encoded.readUInt32BE((offset += 4) - 4)
    return encoded.subarray(offset, (offset += length)).toString()
  }
  while (offset < encoded.length) entries.push([text(), text()])
  return Object.fromEntries(entries)
}

test('cache ids can be read back, so that no two requests share one', () => {
  fc.assert(
    fc.property(fields, (each) => {
      const id = encodeDataKeyCacheId(each)
      expect(decodeCacheId(id)).toEqual(describeFields(each))
      const turned = Object.fromEntries(Object.entries(each.encryptionContext).reverse())
      expect(encodeDataKeyCacheId({ ...each, encryptionContext: turned })).toBe(id)
    }),
    { numRuns: 2000 },
  )
})

test('cache ids of two that differ in one place differ', () => {
  fc.assert(
    fc.property(fields, fields, fc.constantFrom<keyof DataKeyCacheIdFields>(...fieldNames), (one, other, name) => {
      const changed = { ...one, [name]: other[name] }
      expect(encodeDataKeyCacheId(changed) === encodeDataKeyCacheId(one)).toBe(
        isDeepStrictEqual(describeFields(changed), describeFields(one)),
      )
    }),
    { numRuns: 5000 },
  )
})

const fieldNames: readonly (keyof DataKeyCacheIdFields)[] = [
  'partition',
  'cmkArns',
  'algorithm',
  'encryptionContext',
  'encryptedDataKeys',
]

test.each([
  ['texts that move from key to value', { encryptionContext: { a: 'bc' } }, { encryptionContext: { ab: 'c' } }],
  ['a CMK that moves', { cmkArns: ['a', 'b'] }, { cmkArns: ['ab'] }],
  ['CMKs in another order', { cmkArns: ['a', 'b'] }, { cmkArns: ['b', 'a'] }],
  ['no CMKs, and CMKs that are not named', { cmkArns: [] }, { cmkArns: undefined }],
  ['purposes', { encryptedDataKeys: undefined }, { encryptedDataKeys: [] }],
  [
    'bytes that move from ARN to blob',
    { encryptedDataKeys: [{ keyArn: 'ab', ciphertextBlob: Uint8Array.of(99) }] },
    { encryptedDataKeys: [{ keyArn: 'a', ciphertextBlob: Uint8Array.of(98, 99) }] },
  ],
])('cache ids tell apart %s', (_, one, other) => {
  const same = {
    partition: new Uint8Array(0),
    cmkArns: [],
    algorithm: suiteNamed('FLOE'),
    encryptionContext: {},
    encryptedDataKeys: undefined,
  }
  expect(encodeDataKeyCacheId({ ...same, ...one })).not.toBe(encodeDataKeyCacheId({ ...same, ...other }))
})

type Step =
  | { readonly kind: 'generate'; readonly context: string; readonly bytes: number | undefined; readonly abort: boolean }
  | { readonly kind: 'open'; readonly index: number }
  | { readonly kind: 'answer'; readonly index: number; readonly fail: boolean }
  | { readonly kind: 'abort'; readonly index: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'settle' }

const small = fc.nat({ max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('generate' as const),
      context: fc.constantFrom('a', 'b'),
      bytes: fc.option(fc.nat({ max: 60 }), { nil: undefined, freq: 10 }),
      abort: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), index: small }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), index: small, fail: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), index: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 600 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
)

test('no interleaving exceeds a budget, hands out a wrong key, or leaves one behind', async () => {
  const limits = { maxMessages: 4, maxBytes: 100, maxAgeMs: 1000, capacity: 2 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let now = 0
      const inner = new TimedProvider(() => now)
      const cache = cacheAround(inner, { ...limits, now: () => now })
      const controllers: AbortController[] = []
      const outstanding: Promise<unknown>[] = []
      const uses: Use[] = []
      const wrong: string[] = []

      const generate = async (name: string, plaintextLength: number | undefined, signal: AbortSignal | undefined) => {
        const askedAtMs = now
        const context = { name }
        const materials = await cache.generateDataKey({
          ...messageOf(),
          encryptionContext: context,
          plaintextLength,
          signal,
        })
        uses.push({ context, materials: structuredClone(materials), askedAtMs, bytes: plaintextLength ?? 0 })
        if (!isSame(inner.dataKeyOf(materials.encryptedDataKeys), materials.dataKey))
          wrong.push('not the key of its wrapped keys')
        materials.dataKey.fill(0)
      }
      const open = async ({ context, materials }: Use) => {
        const opened = await cache.decryptDataKey(openingOf(materials, { encryptionContext: context }))
        if (!isSame(opened, materials.dataKey)) wrong.push('not the key of the message')
        opened?.fill(0)
      }
      const run = (work: Promise<unknown>) => outstanding.push(work.catch(() => undefined))

      for (const each of steps) {
        if (each.kind === 'generate') {
          const controller = new AbortController()
          if (each.abort) controllers.push(controller)
          run(generate(each.context, each.bytes, each.abort ? controller.signal : undefined))
        } else if (each.kind === 'open') {
          const use = uses[each.index]
          if (use) run(open(use))
        } else if (each.kind === 'answer') {
          const [call] = inner.waiting.splice(each.index, 1)
          if (each.fail) call?.fail(new Error('KMS failed'))
          else call?.open()
        } else if (each.kind === 'abort') controllers[each.index]?.abort()
        else if (each.kind === 'pass') now += each.ms
        else if (each.kind === 'clear') cache.clear()
        else await settle()
        expect(cache.statistics.entries).toBeLessThanOrEqual(limits.capacity)
      }
      for (const call of inner.waiting) call.open()
      await Promise.all(outstanding)
      await settle()

      expect(wrong).toEqual([])
      const { hits, misses, calls } = cache.statistics
      expect(hits + misses).toBe(outstanding.length)
      expect(calls).toBe(inner.asked.length)
      for (const [key, ofKey] of groupByKey(uses)) {
        expect(ofKey.length).toBeLessThanOrEqual(limits.maxMessages)
        expect(ofKey.reduce((sum, { bytes: length }) => sum + length, 0)).toBeLessThanOrEqual(limits.maxBytes)
        expect(new Set(ofKey.map(({ context: { name } }) => name)).size).toBe(1)
        for (const { askedAtMs } of ofKey)
          expect(askedAtMs - inner.answeredAtMs.get(key)!).toBeLessThan(limits.maxAgeMs)
      }
      cache.clear()
      expect(inner.handedOut.every(isZero)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

interface Use {
  readonly context: { readonly name: string }
  readonly materials: EncryptionMaterials
  readonly askedAtMs: number
  readonly bytes: number
}

/** Remembers when it made each data key. */
class TimedProvider extends GatedProvider {
  readonly answeredAtMs = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    super()
    this.#now = now
  }

  override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    const made = await super.generateDataKey(request)
    this.answeredAtMs.set(hex(made.dataKey), this.#now())
    return made
  }
}

function groupByKey(uses: readonly Use[]): Map<string, Use[]> {
  const groups = new Map<string, Use[]>()
  for (const use of uses) {
    const key = hex(use.materials.dataKey)
    groups.set(key, [...(groups.get(key) ?? []), use])
  }
  return groups
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex')
}

function isSame(left: Uint8Array | null | undefined, right: Uint8Array): boolean {
  return !!left && Buffer.compare(left, right) === 0
}
