import { LruDataKeyCacheStore, type DataKeyCacheEntry, type DataKeyCacheStore } from 'osscrypt'
import { dataKeyCacheStoreSuite } from 'osscrypt/testing'
import { describe, expect, test } from 'vitest'
import { failures, runSuite } from './run-suite.js'

runSuite('the LRU store of 1', dataKeyCacheStoreSuite({ create: () => new LruDataKeyCacheStore(1) }))
runSuite('the LRU store of 100', dataKeyCacheStoreSuite({ create: () => new LruDataKeyCacheStore(100) }))
runSuite('the LRU store of very many', dataKeyCacheStoreSuite({ create: () => new LruDataKeyCacheStore(1e9) }))

/** A store that is right and keeps everything. */
class MapStore implements DataKeyCacheStore {
  readonly entries = new Map<string, DataKeyCacheEntry>()
  get size(): number {
    return this.entries.size
  }
  get(id: string): DataKeyCacheEntry | undefined {
    return this.entries.get(id)
  }
  put(id: string, entry: DataKeyCacheEntry): void {
    if (this.entries.get(id) !== entry) this.delete(id)
    this.entries.set(id, entry)
  }
  delete(id: string): void {
    const entry = this.entries.get(id)
    this.entries.delete(id)
    entry?.destroy()
  }
  clear(): void {
    for (const id of [...this.entries.keys()]) this.delete(id)
  }
}

runSuite('a store over a Map', dataKeyCacheStoreSuite({ create: () => new MapStore() }))

const wrong: Record<string, readonly [store: new () => DataKeyCacheStore, caseName: string]> = {
  'entries from the start': [
    class extends MapStore {
      override readonly entries = new Map([['a', { destroyed: false, destroy: () => undefined }]])
    },
    'is empty at first',
  ],
  'ids cut short': [
    class extends MapStore {
      override get(id: string): DataKeyCacheEntry | undefined {
        return super.get(id.slice(0, 50_000))
      }
      override put(id: string, entry: DataKeyCacheEntry): void {
        super.put(id.slice(0, 50_000), entry)
      }
    },
    'and with no other',
  ],
  'replaced entries that live on': [
    class extends MapStore {
      override put(id: string, entry: DataKeyCacheEntry): void {
        this.entries.set(id, entry)
      }
    },
    'that another replaces',
  ],
  'an entry destroyed as it is put again': [
    class extends MapStore {
      override put(id: string, entry: DataKeyCacheEntry): void {
        this.delete(id)
        this.entries.set(id, entry)
      }
    },
    'that is put again',
  ],
  'deleted entries that live on': [
    class extends MapStore {
      override delete(id: string): void {
        this.entries.delete(id)
      }
    },
    'destroys what it deletes',
  ],
  'cleared entries that live on': [
    class extends MapStore {
      override clear(): void {
        this.entries.clear()
      }
    },
    'when it is cleared',
  ],
  'evicted entries that live on': [
    class extends MapStore {
      override put(id: string, entry: DataKeyCacheEntry): void {
        super.put(id, entry)
        const [oldest] = this.entries.keys()
        if (this.entries.size > 100 && oldest !== undefined) this.entries.delete(oldest)
      }
    },
    'without destroying it',
  ],
  'a wrong size': [
    class extends MapStore {
      override get size(): number {
        return Math.min(super.size, 1000)
      }
    },
    'without destroying it',
  ],
}

describe('the suite finds', () => {
  test.each(Object.entries(wrong))('%s', async (_, [Store, caseName]) => {
    const found = await failures(dataKeyCacheStoreSuite({ create: () => new Store() }))
    expect(found.some((name) => name.includes(caseName))).toBe(true)
  })
})
