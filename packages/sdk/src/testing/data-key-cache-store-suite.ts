import type { DataKeyCacheEntry, DataKeyCacheStore } from '../keys/data-key-cache-store.js'
import { demand, suiteCase, type SuiteCase } from './suite.js'

/** What {@link dataKeyCacheStoreSuite} tests, and how it is made. */
export interface DataKeyCacheStoreSuiteOptions {
  /** Makes an empty store for one case. */
  readonly create: () => DataKeyCacheStore | Promise<DataKeyCacheStore>
}

/** Ids that a store built on an object, or on shortened ids, mixes up. */
const ids = ['', '__proto__', 'constructor', 'a', 'A', 'a=', 'x'.repeat(60_000), `${'x'.repeat(59_999)}y`]

/** What every {@link DataKeyCacheStore} has to do, as cases for any test runner. */
export function dataKeyCacheStoreSuite({ create }: DataKeyCacheStoreSuiteOptions): SuiteCase[] {
  const given = (name: string, body: (store: DataKeyCacheStore) => void) => suiteCase(name, create, body)
  return [
    given('is empty at first', (store) => {
      demand(store.size === 0, 'a new store has entries')
      demand(
        ids.every((id) => store.get(id) === undefined),
        'a new store answers with an entry',
      )
    }),
    given('answers with the entry under the id, and with no other', (store) => {
      const entries = new Map(ids.map((id) => [id, new TestEntry()]))
      for (const [id, entry] of entries) {
        store.put(id, entry)
        demand(store.get(id) === entry, 'what was just put is not there')
      }
      for (const [id, entry] of entries) requireThereOrDestroyed(store, id, entry)
    }),
    given('destroys an entry that another replaces', (store) => {
      const first = new TestEntry()
      const second = new TestEntry()
      store.put('id', first)
      store.put('id', second)
      demand(first.destroyed, 'the replaced entry is not destroyed')
      requireThereOrDestroyed(store, 'id', second)
      demand(store.size <= 1, 'the replaced entry is counted')
    }),
    given('keeps an entry that is put again', (store) => {
      const entry = new TestEntry()
      store.put('id', entry)
      store.put('id', entry)
      requireThereOrDestroyed(store, 'id', entry)
      demand(store.size <= 1, 'an entry that is put again is counted twice')
    }),
    given('destroys what it deletes', (store) => {
      const [deleted, other] = [new TestEntry(), new TestEntry()]
      store.put('deleted', deleted)
      store.put('other', other)
      store.delete('deleted')
      store.delete('deleted')
      store.delete('never there')
      demand(deleted.destroyed && store.get('deleted') === undefined, 'the deleted entry is still there')
      requireThereOrDestroyed(store, 'other', other)
    }),
    given('destroys everything when it is cleared, and can be used again', (store) => {
      const entries = ids.map((id) => putNew(store, id))
      store.clear()
      demand(
        entries.every(({ destroyed }) => destroyed),
        'an entry outlived clear()',
      )
      demand(store.size === 0 && ids.every((id) => store.get(id) === undefined), 'the cleared store is not empty')
      const after = putNew(store, 'after')
      requireThereOrDestroyed(store, 'after', after)
    }),
    given('lets go of no entry without destroying it', (store) => {
      const entries = Array.from({ length: 2000 }, (_, index) => ({
        id: String(index),
        entry: putNew(store, String(index)),
      }))
      for (const { id, entry } of entries) requireThereOrDestroyed(store, id, entry)
      const alive = entries.filter(({ entry }) => !entry.destroyed)
      demand(store.size === alive.length, `${store.size} entries by its size, ${alive.length} by what is not destroyed`)
    }),
    given('forgets an entry that asks for it while it is destroyed', (store) => {
      const entry = new TestEntry(() => {
        store.delete('id')
      })
      store.put('id', entry)
      store.delete('id')
      demand(entry.destroyed && store.get('id') === undefined && store.size === 0, 'the deleted entry is still there')
    }),
  ]
}

class TestEntry implements DataKeyCacheEntry {
  destroyed = false
  readonly #onDestroyed: (() => void) | undefined

  constructor(onDestroyed?: () => void) {
    this.#onDestroyed = onDestroyed
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.#onDestroyed?.()
  }
}

function putNew(store: DataKeyCacheStore, id: string): TestEntry {
  const entry = new TestEntry()
  store.put(id, entry)
  return entry
}

function requireThereOrDestroyed(store: DataKeyCacheStore, id: string, entry: DataKeyCacheEntry): void {
  const found = store.get(id)
  demand(found === undefined || found === entry, 'the store answers with the entry of another id')
  demand(
    (found === entry) !== entry.destroyed,
    found ? 'a destroyed entry is still there' : 'an entry is gone and not destroyed',
  )
}
