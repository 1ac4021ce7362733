import { ServiceError } from 'osscrypt'
import type { ObjectLocation } from '../location.js'
import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

/** OSS takes so many with one request. */
export const MOST_DELETED_AT_ONCE = 1000

/** So long those that come first wait for others. */
const GATHERED_MS = 20

interface Waiting {
  readonly key: string
  readonly versionId: string | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Deletes objects, many with one request: those that are asked for at about the same time. What became of each is told to who asked for it.
 */
export class BatchedDeletes {
  readonly #session: Session
  readonly #signal: AbortSignal
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session
    this.#signal = signal
  }

  /** Deletes an object, or one version of it; one that is not there is no failure. @throws ServiceError; the signal's reason. */
  delete({ bucket, key }: ObjectLocation, versionId?: string): Promise<void> {
    if (!canBeListed(key)) return this.#deleteOne(bucket, { key, versionId })
    return new Promise((resolve, reject) => {
      const batch = this.#waiting.get(bucket) ?? []
      if (batch.length === 0) {
        this.#waiting.set(bucket, batch)
        setTimeout(() => this.#send(bucket, batch), GATHERED_MS)
      }
      batch.push({ key, versionId, resolve, reject })
      if (batch.length === MOST_DELETED_AT_ONCE) this.#send(bucket, batch)
    })
  }

  #send(bucket: string, batch: readonly Waiting[]): void {
    // It was sent when it was full.
    if (this.#waiting.get(bucket) !== batch) return
    this.#waiting.delete(bucket)
    void this.#deleteAll(bucket, batch)
  }

  async #deleteAll(bucket: string, batch: readonly Waiting[]): Promise<void> {
    let told: ReadonlySet<string> = new Set()
    try {
      if (batch.length > 1) told = await this.#deleteTogether(bucket, batch)
    } catch (error) {
      // Who may not delete one of them may be allowed to delete the others: each is tried by itself, and says what is wrong with it.
      if (!(error instanceof ServiceError && error.code === 'AccessDenied')) {
        for (const { reject } of batch) reject(error)
        return
      }
    }
    for (const each of batch) {
      if (told.has(idOf(each.key, each.versionId))) each.resolve()
      else await this.#deleteOne(bucket, each).then(each.resolve, each.reject)
    }
  }

  /** What OSS says it has deleted, by {@link idOf}. */
  async #deleteTogether(bucket: string, batch: readonly Waiting[]): Promise<ReadonlySet<string>> {
    const store = await this.#session.rawStore(bucket)
    const { retry } = this.#session
    // Not all of its types tell of versions.
    const names = batch.map(({ key, versionId }) => (versionId === undefined ? key : { key, versionId })) as string[]
    const answer = (await askOss(`DeleteMultipleObjects of ${bucket}`, () => store.deleteMulti(names), {
      retry,
      signal: this.#signal,
    })) as unknown as { readonly deleted: readonly { readonly Key?: unknown; readonly VersionId?: unknown }[] }
    return new Set(
      answer.deleted.flatMap(({ Key, VersionId }) => [idOf(String(Key)), idOf(String(Key), String(VersionId))]),
    )
  }

  async #deleteOne(bucket: string, { key, versionId }: Pick<Waiting, 'key' | 'versionId'>): Promise<void> {
    await (await this.#session.client(bucket)).delete(key, { versionId, signal: this.#signal })
  }
}

/** What tells an object, or a version of one, from others. */
function idOf(key: string, versionId?: string): string {
  return JSON.stringify(versionId === undefined ? [key] : [key, versionId])
}

/** Whether a key comes through XML as it is: control characters cannot be written there, and white space at its ends may be lost. */
function canBeListed(key: string): boolean {
  // eslint-disable-next-line no-control-regex -- these are the characters meant
  return !/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]|^\s|\s$/u.test(key)
}
