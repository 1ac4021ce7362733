import { OsscryptError } from '../../errors.js'
import { inTransaction } from './web-database.js'

/** Says that nobody else of this origin works with a checkpoint. */
export interface CheckpointLock {
  /**
   * Asserts that it is still so, before anything is written.
   *
   * @throws OsscryptError `CheckpointInUse`.
   */
  assertHeld(): Promise<void>
  release(): Promise<void>
}

/** As much of the platform's locks as is used. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    work: (lock: object | null) => Promise<void>,
  ): Promise<void>
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>
}

/** Who has died without a word is not waited for longer. */
const LEASE_MS = 60_000
const RENEW_MS = 10_000

/**
 * Takes the lock of a checkpoint: the platform's, which ends with its page; where there is none, a lease that is kept in IndexedDB, and that a page which
 * died leaves for a minute.
 *
 * @throws OsscryptError `CheckpointInUse` when another page, or another call of this one, has it.
 */
export function lockCheckpoint(checkpoint: string): Promise<CheckpointLock> {
  const locks = platformLocks()
  return locks ? lockByPlatform(locks, checkpoint) : lockByLease(checkpoint)
}

/** The checkpoints that somebody works with, of those that are asked for. */
export async function findLocked(checkpoints: readonly string[]): Promise<ReadonlySet<string>> {
  const locks = platformLocks()
  const held = locks && new Set((await locks.query()).held?.map(({ name }) => name))
  const leased = async (checkpoint: string) => isLeased(await readLease(checkpoint))
  const locked = await Promise.all(
    checkpoints.map(async (checkpoint) => (held ? held.has(lockName(checkpoint)) : leased(checkpoint))),
  )
  return new Set(checkpoints.filter((_, index) => locked[index]))
}

function platformLocks(): Locks | undefined {
  const { navigator } = globalThis as { readonly navigator?: { readonly locks?: Locks } }
  return navigator?.locks
}

function lockName(checkpoint: string): string {
  return `osscrypt checkpoint ${checkpoint}`
}

function lockByPlatform(locks: Locks, checkpoint: string): Promise<CheckpointLock> {
  return new Promise((resolve, reject) => {
    const work = (lock: object | null): Promise<void> => {
      if (!lock) return Promise.reject(inUse(checkpoint))
      return new Promise((free) => {
        resolve({
          assertHeld: () => Promise.resolve(),
          release: () => {
            free()
            return ended
          },
        })
      })
    }
    const ended = locks.request(lockName(checkpoint), { ifAvailable: true }, work)
    ended.catch(reject)
  })
}

interface Lease {
  readonly id: string
  readonly holder: string
  readonly until: number
}

async function lockByLease(checkpoint: string): Promise<CheckpointLock> {
  const holder = crypto.randomUUID()
  const take = async (isFree: (lease: Lease | undefined) => boolean): Promise<void> => {
    const taken = await inTransaction<boolean>('locks', 'readwrite', (store, resolve) => {
      const request = store.get(checkpoint)
      request.onsuccess = () => {
        const free = isFree(request.result as Lease | undefined)
        if (free) store.put({ id: checkpoint, holder, until: Date.now() + LEASE_MS } satisfies Lease)
        resolve(free)
      }
    })
    if (!taken) throw inUse(checkpoint)
  }
  const renew = () => take((lease) => lease?.holder === holder)
  await take((lease) => !isLeased(lease))
  // What is lost meanwhile is seen by who writes next.
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS)
  return {
    assertHeld: renew,
    release: async () => {
      clearInterval(timer)
      await inTransaction('locks', 'readwrite', (store) => {
        const request = store.get(checkpoint)
        request.onsuccess = () => {
          if ((request.result as Lease | undefined)?.holder === holder) store.delete(checkpoint)
        }
      })
    },
  }
}

async function readLease(checkpoint: string): Promise<Lease | undefined> {
  return inTransaction<Lease>('locks', 'readonly', (store, resolve) => {
    const request = store.get(checkpoint)
    request.onsuccess = () => resolve(request.result as Lease)
  })
}

function isLeased(lease: Lease | undefined): boolean {
  return lease !== undefined && lease.until > Date.now()
}

function inUse(checkpoint: string): OsscryptError {
  return new OsscryptError(
    'CheckpointInUse',
    `another page, or another call, works with the checkpoint ${JSON.stringify(checkpoint)}`,
  )
}
