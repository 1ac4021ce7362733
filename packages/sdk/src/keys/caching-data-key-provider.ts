import { engine } from '#crypto-engine'
import { encodeUtf8 } from '../bytes/utf8.js'
import type { EncryptedDataKey } from '../message/header.js'
import { assertOptions, type OptionNames } from '../options.js'
import { checkDataKey, checkMaterials } from './check-provided.js'
import { CachingCall } from './caching-call.js'
import { CachingEntry } from './caching-entry.js'
import { Budget, checkLimits, type CachingLimits, type Use } from './caching-limits.js'
import { encodeDataKeyCacheId } from './data-key-cache-id.js'
import { LruDataKeyCacheStore, type DataKeyCacheStore } from './data-key-cache-store.js'
import type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  SecretsWrapped,
  UnwrappedDataKey,
  WrappedSecrets,
} from './data-key-provider.js'
import { unwrapDataKey, unwrapOneByOne } from './unwrap-data-key.js'
import { wrapSecrets } from './unwrap-secrets.js'

/** Options of {@link CachingDataKeyProvider}. */
export interface CachingDataKeyProviderOptions extends CachingLimits {
  /** How many data keys the cache's own store keeps, the least recently used going first. Default 100. Not together with `store`. */
  readonly capacity?: number | undefined
  /** Where data keys are kept. Default: a {@link LruDataKeyCacheStore} of the cache's own. */
  readonly store?: DataKeyCacheStore | undefined
  /**
   * Caches that are given the same `store`, the same `partition` and providers of the same CMKs use each other's data keys, so that whoever
   * may use one of them may read what all of them read: their providers must act with the same permissions. Default: every cache keeps its
   * entries to itself.
   */
  readonly partition?: string | undefined
  /** The clock, in milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

const CACHING_OPTIONS: OptionNames<CachingDataKeyProviderOptions> = {
  maxAgeMs: true,
  maxMessages: true,
  maxBytes: true,
  capacity: true,
  store: true,
  partition: true,
  now: true,
}

/** What a {@link CachingDataKeyProvider} has done since it was made. `hits` and `misses` together are the requests. */
export interface CachingStatistics {
  /** Requests that were answered with a data key from the cache. */
  readonly hits: number
  /** Requests that were not: they caused a call, or waited for one that another request had caused. */
  readonly misses: number
  /** Calls to the provider within. */
  readonly calls: number
  /** Data keys that the store, or another cache that shares it, let go of before this cache did. */
  readonly evictions: number
  /** Data keys that this cache put into its store and that are there now. */
  readonly entries: number
}

/** A request's answer; `null` when a message's data keys are none of the provider's. */
type Answer = EncryptionMaterials | null

/** A call that has not been answered yet, and what the requests that wait for it take of its data key. */
interface Pending {
  readonly call: CachingCall
  readonly budget: Budget
}

/**
 * Keeps the data keys of another provider for a while, so that fewer calls to KMS are made: messages of one algorithm and encryption context
 * get the same data key, within `maxAgeMs`, `maxMessages` and `maxBytes`, and a message that is opened again is opened without KMS. Requests
 * for the same data key that come at the same time make one call. What is given up for it stands in docs/CACHING.md.
 *
 * A new message gets a data key from the cache only when its `plaintextLength` is known. Answers of null and errors are not kept. Every
 * caller gets a copy of the data key; the cache's own is overwritten with zeros when it expires, is used up, evicted or cleared.
 */
export class CachingDataKeyProvider implements DataKeyProvider {
  readonly #provider: DataKeyProvider
  readonly #limits: ReturnType<typeof checkLimits>
  readonly #store: DataKeyCacheStore
  readonly #partition: Uint8Array
  readonly #now: () => number
  /** The calls that further requests may join, by cache id. */
  readonly #pending = new Map<string, Pending>()
  /** What this cache put into the store and nobody has destroyed. */
  readonly #entries = new Set<CachingEntry>()
  readonly #counts = { hits: 0, misses: 0, calls: 0, evictions: 0 }

  /**
   * @throws RangeError for limits and capacities out of range; TypeError for `capacity` together with `store`, and for a `partition` with a
   *   provider that does not name its CMKs.
   */
  constructor(provider: DataKeyProvider, options: CachingDataKeyProviderOptions) {
    assertOptions('a CachingDataKeyProvider', options, CACHING_OPTIONS)
    const { capacity, store, partition } = options
    if (store && capacity !== undefined)
      throw new TypeError('capacity is the store’s own: give one of capacity and store')
    if (partition !== undefined && !provider.cmkArns) {
      throw new TypeError('entries are shared by the CMKs they belong to, which this provider does not name')
    }
    this.#provider = provider
    this.#limits = checkLimits(options)
    this.#store = store ?? new LruDataKeyCacheStore(capacity ?? 100)
    this.#partition = partition === undefined ? engine.randomBytes(32) : encodeUtf8(partition)
    this.#now = options.now ?? Date.now
  }

  get cmkArns(): readonly string[] | undefined {
    return this.#provider.cmkArns
  }

  /** Counts up to now. */
  get statistics(): CachingStatistics {
    return { ...this.#counts, entries: this.#entries.size }
  }

  async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    const { algorithm, messageContext, plaintextLength, signal } = request
    signal?.throwIfAborted()
    if (plaintextLength !== undefined && (!Number.isSafeInteger(plaintextLength) || plaintextLength < 0)) {
      throw new RangeError('plaintextLength: not a non-negative integer')
    }
    if (plaintextLength === undefined || plaintextLength > this.#limits.maxBytes) {
      this.#counts.misses += 1
      this.#counts.calls += 1
      return this.#provider.generateDataKey(request)
    }
    const encryptionContext = Object.freeze({ ...request.encryptionContext })
    const id = this.#encodeId({ algorithm, encryptionContext })
    const answer = await this.#answer(id, { messages: 1, bytes: plaintextLength }, signal, async (shared) =>
      checkMaterials(
        algorithm,
        await this.#provider.generateDataKey({ algorithm, encryptionContext, messageContext, signal: shared }),
      ),
    )
    if (!answer) throw new TypeError('the provider made no data key')
    return answer
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.#open(request))?.dataKey ?? null
  }

  async unwrapDataKey(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    if (!this.#provider.unwrapDataKey) return unwrapOneByOne(this, request)
    const answer = await this.#open(request)
    const [encryptedDataKey] = answer?.encryptedDataKeys ?? []
    return answer && encryptedDataKey ? { dataKey: answer.dataKey, encryptedDataKey } : null
  }

  /** Passed on: a key for the OSS SDKs' own encryption is made for one object. */
  wrapSecrets(request: Parameters<NonNullable<DataKeyProvider['wrapSecrets']>>[0]): Promise<SecretsWrapped> {
    return wrapSecrets(this.#provider, request)
  }

  /** Passed on: what the OSS SDKs' own encryption wrapped is not kept. */
  async unwrapSecrets(request: WrappedSecrets): Promise<readonly Uint8Array[] | null> {
    return (await this.#provider.unwrapSecrets?.(request)) ?? null
  }

  /**
   * Destroys the data keys that this cache holds. Requests that wait are answered, but what they are answered with is not kept. The cache may
   * be used again.
   */
  clear(): void {
    this.#pending.clear()
    for (const entry of [...this.#entries]) this.#drop(entry)
  }

  /** A message's data key, with the wrapped key that it came from where the provider says which. */
  async #open(request: DecryptDataKeyRequest): Promise<Answer> {
    const { algorithm, message, signal } = request
    signal?.throwIfAborted()
    const encryptionContext = Object.freeze({ ...request.encryptionContext })
    const encryptedDataKeys = request.encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: new Uint8Array(ciphertextBlob),
    }))
    const id = this.#encodeId({ algorithm, encryptionContext, encryptedDataKeys })
    return this.#answer(id, { messages: 0, bytes: 0 }, signal, async (shared) => {
      const asked = { algorithm, encryptionContext, encryptedDataKeys, message, signal: shared }
      if (this.#provider.unwrapDataKey) {
        const unwrapped = await unwrapDataKey(this.#provider, asked)
        return unwrapped && { dataKey: unwrapped.dataKey, encryptedDataKeys: [unwrapped.encryptedDataKey] }
      }
      const dataKey = checkDataKey(algorithm, await this.#provider.decryptDataKey(asked))
      return dataKey && { dataKey, encryptedDataKeys: [] }
    })
  }

  #encodeId(fields: DataKeyRequest & { readonly encryptedDataKeys?: readonly EncryptedDataKey[] }): string {
    const { algorithm, encryptionContext, encryptedDataKeys } = fields
    return encodeDataKeyCacheId({
      partition: this.#partition,
      cmkArns: this.cmkArns,
      algorithm,
      encryptionContext,
      encryptedDataKeys,
    })
  }

  /** From the cache, from a call that is on its way, or from a new one. There is no `await` in here, so that no budget is taken twice. */
  #answer(
    id: string,
    use: Use,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const cached = this.#takeCached(id, use)
    if (cached) {
      this.#counts.hits += 1
      return Promise.resolve(cached)
    }
    this.#counts.misses += 1
    const pending = this.#pending.get(id)
    if (pending?.budget.take(use, this.#limits)) return pending.call.join(signal)
    return this.#begin(id, use, call).join(signal)
  }

  #takeCached(id: string, use: Use): EncryptionMaterials | undefined {
    const entry = this.#store.get(id)
    // A store of the caller's own may be wrong, and a wrong data key is the worst that can happen: what it answers with is looked at.
    if (!(entry instanceof CachingEntry) || entry.id !== id) return undefined
    const ageMs = this.#now() - entry.createdAtMs
    // A negative age: the clock was set back, and says nothing any more.
    const fresh = ageMs >= 0 && ageMs < this.#limits.maxAgeMs
    const materials = fresh && entry.budget.take(use, this.#limits) ? entry.copy() : undefined
    if (!materials || entry.budget.isSpent(this.#limits)) this.#drop(entry)
    return materials
  }

  /** A new call, in place of one whose data key has too little left. */
  #begin(id: string, use: Use, callProvider: (signal: AbortSignal) => Promise<Answer>): CachingCall {
    const call = new CachingCall(() => this.#settle(id, pending))
    const pending: Pending = { call, budget: new Budget() }
    pending.budget.take(use, this.#limits)
    this.#pending.set(id, pending)
    this.#counts.calls += 1
    void this.#run(id, pending, callProvider)
    return call
  }

  async #run(id: string, pending: Pending, callProvider: (signal: AbortSignal) => Promise<Answer>): Promise<void> {
    const { call, budget } = pending
    try {
      const answer = await callProvider(call.signal)
      call.deliver(answer)
      const joinable = this.#settle(id, pending)
      if (answer && joinable && !budget.isSpent(this.#limits)) this.#keep(id, budget, answer)
      else answer?.dataKey.fill(0)
    } catch (error) {
      this.#settle(id, pending)
      call.fail(error)
    }
  }

  /** Takes a call out of those that can be joined. Answers whether it was among them still: not replaced, cleared or abandoned. */
  #settle(id: string, pending: Pending): boolean {
    return this.#pending.get(id) === pending && this.#pending.delete(id)
  }

  #keep(id: string, budget: Budget, materials: EncryptionMaterials): void {
    const entry = new CachingEntry(materials, {
      id,
      budget,
      createdAtMs: this.#now(),
      maxAgeMs: this.#limits.maxAgeMs,
      onExpired: () => this.#drop(entry),
      onDestroyed: () => {
        if (this.#entries.delete(entry)) this.#counts.evictions += 1
      },
    })
    this.#entries.add(entry)
    try {
      this.#store.put(id, entry)
    } catch {
      // The request has its answer; what could not be kept is not left to somebody who may have kept it all the same.
      this.#entries.delete(entry)
      entry.destroy()
    }
  }

  #drop(entry: CachingEntry): void {
    this.#entries.delete(entry)
    entry.destroy()
    this.#store.delete(entry.id)
  }
}
