import { OsscryptError } from '../../errors.js'

// As much of IndexedDB as is used: one database, a record by its key, each step a transaction of its own.

interface Request {
  readonly result: unknown
  readonly error: Error | null
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}

interface OpenRequest extends Request {
  readonly result: Database
  onupgradeneeded: (() => void) | null
}

/** The records of one kind, in one transaction. */
export interface RecordStore {
  get(key: string): Request
  getAll(): Request
  put(record: object): Request
  delete(key: string): Request
}

interface Transaction {
  readonly error: Error | null
  objectStore(name: StoreName): RecordStore
  oncomplete: (() => void) | null
  onabort: (() => void) | null
  abort(): void
}

interface Database {
  createObjectStore(name: StoreName, options: { readonly keyPath: string }): unknown
  transaction(name: StoreName, mode: 'readonly' | 'readwrite'): Transaction
  close(): void
}

interface DatabaseFactory {
  open(name: string, version: number): OpenRequest
}

/** `uploads`: checkpoints; `locks`: who works with them, where the platform has no locks of its own. */
export type StoreName = 'uploads' | 'locks'

const NAME = 'osscrypt'
const VERSION = 1
const STORES: readonly StoreName[] = ['uploads', 'locks']

/** Whether this platform has IndexedDB. */
export function hasDatabase(): boolean {
  return factory() !== undefined
}

/**
 * Works on the records of a store, in one transaction: all of it is done, or nothing.
 *
 * @param work Makes its requests at once, or in the answers to others; gives its result to `resolve`, which the end of the transaction hands on.
 * @throws OsscryptError `CheckpointUnavailable` when the browser does not let it, as when its disk is full; what `work` throws.
 */
export async function inTransaction<Result>(
  name: StoreName,
  mode: 'readonly' | 'readwrite',
  work: (store: RecordStore, resolve: (result: Result) => void) => void,
): Promise<Result | undefined> {
  const database = await openDatabase()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode)
      let result: Result | undefined
      transaction.oncomplete = () => resolve(result)
      transaction.onabort = () => reject(unavailable(transaction.error))
      work(transaction.objectStore(name), (found) => (result = found))
    })
  } catch (error) {
    throw error instanceof OsscryptError ? error : unavailable(error)
  } finally {
    database.close()
  }
}

/** The one record of a key; undefined when there is none. */
export function readRecord(name: StoreName, key: string): Promise<unknown> {
  return inTransaction(name, 'readonly', (store, resolve) => {
    const request = store.get(key)
    request.onsuccess = () => resolve(request.result)
  })
}

/** All records of a store. */
export async function readRecords(name: StoreName): Promise<readonly unknown[]> {
  const found = await inTransaction<unknown>(name, 'readonly', (store, resolve) => {
    const request = store.getAll()
    request.onsuccess = () => resolve(request.result)
  })
  return found as readonly unknown[]
}

export async function removeRecord(name: StoreName, key: string): Promise<void> {
  await inTransaction(name, 'readwrite', (store) => {
    store.delete(key)
  })
}

async function openDatabase(): Promise<Database> {
  const indexedDB = factory()
  if (!indexedDB) throw new TypeError('checkpoints are kept in IndexedDB, which this platform does not have')
  try {
    return await new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION)
      request.onupgradeneeded = () => {
        for (const store of STORES) request.result.createObjectStore(store, { keyPath: 'id' })
      }
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(unavailable(request.error))
    })
  } catch (error) {
    throw error instanceof OsscryptError ? error : unavailable(error)
  }
}

function factory(): DatabaseFactory | undefined {
  return (globalThis as { readonly indexedDB?: DatabaseFactory }).indexedDB
}

function unavailable(cause: unknown): OsscryptError {
  const what = cause instanceof Error ? `: ${cause.name}` : ''
  return new OsscryptError('CheckpointUnavailable', `the browser does not let IndexedDB be used${what}`, { cause })
}
