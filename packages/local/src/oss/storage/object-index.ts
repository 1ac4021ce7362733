import type { ObjectRecord } from './object-record.js'
import { compareUtf8, lowerBound } from './utf8-order.js'

/** The versions of a bucket's objects, by key, the keys in the order of listings. */
export class ObjectIndex {
  readonly #versions = new Map<string, readonly ObjectRecord[]>()
  #keys: string[] = []

  /** Fills an empty index. */
  load(records: Iterable<ObjectRecord>): void {
    for (const record of records) this.#versions.set(record.key, [...this.versionsOf(record.key), record])
    for (const [key, versions] of this.#versions) {
      this.#versions.set(
        key,
        [...versions].sort((a, b) => b.order - a.order),
      )
    }
    this.#keys = [...this.#versions.keys()].sort(compareUtf8)
  }

  /** Keys that have at least one version, be it a delete marker, sorted by their UTF-8 bytes. */
  get keys(): readonly string[] {
    return this.#keys
  }

  /** The newest first. */
  versionsOf(key: string): readonly ObjectRecord[] {
    return this.#versions.get(key) ?? []
  }

  /** The newest version of an object, or `null` when there is none or it was deleted. */
  current(key: string): ObjectRecord | null {
    const record = this.#versions.get(key)?.[0]
    return record === undefined || record.deleteMarker ? null : record
  }

  /** Adds the newest version of a key, in the place of the one with the same version id. */
  put(record: ObjectRecord): void {
    const { key, versionId } = record
    const others = this.#versions.get(key)
    if (others === undefined) this.#keys.splice(this.#positionOf(key), 0, key)
    this.#versions.set(key, [record, ...(others ?? []).filter((other) => other.versionId !== versionId)])
  }

  /** Changes a version in its place. */
  replace(record: ObjectRecord): void {
    const { key, versionId } = record
    const versions = this.versionsOf(key).map((other) => (other.versionId === versionId ? record : other))
    this.#versions.set(key, versions)
  }

  remove({ key, versionId }: ObjectRecord): void {
    const left = this.versionsOf(key).filter((other) => other.versionId !== versionId)
    if (left.length > 0) {
      this.#versions.set(key, left)
    } else {
      this.#versions.delete(key)
      this.#keys.splice(this.#positionOf(key), 1)
    }
  }

  #positionOf(key: string): number {
    return lowerBound(this.#keys, (other) => compareUtf8(other, key) < 0)
  }
}
