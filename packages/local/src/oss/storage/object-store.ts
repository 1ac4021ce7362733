import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { OssError } from '../protocol/error/oss-error.js'
import type { BucketFacts } from '../protocol/facts.js'
import { isBucketName } from '../protocol/request/bucket-name.js'
import { Bucket } from './bucket.js'

/** The buckets, each in a folder that is called like it. */
export class ObjectStore {
  readonly #path: string
  readonly #buckets = new Map<string, Bucket>()

  /** Opens the store in a folder, and clears away what an earlier process was killed in the middle of. */
  constructor(folder: string) {
    this.#path = join(folder, 'buckets')
    mkdirSync(this.#path, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(this.#path)) {
      if (!isBucketName(name)) continue
      const bucket = Bucket.open(join(this.#path, name))
      if (bucket !== null) this.#buckets.set(bucket.record.name, bucket)
    }
  }

  find(name: string): Bucket | null {
    return this.#buckets.get(name) ?? null
  }

  /** @throws `OssError` NoSuchBucket. */
  get(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) throw new OssError('NoSuchBucket', { elements: { BucketName: name } })
    return bucket
  }

  /** In the order of their names. */
  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1))
  }

  create(record: BucketFacts): Bucket {
    const bucket = Bucket.create(join(this.#path, record.name), record)
    this.#buckets.set(record.name, bucket)
    return bucket
  }

  delete(bucket: Bucket): void {
    bucket.delete()
    this.#buckets.delete(bucket.record.name)
  }

  async close(): Promise<void> {
    for (const bucket of this.list()) bucket.close()
    await Promise.all(this.list().map(({ data }) => data.settle()))
  }
}
