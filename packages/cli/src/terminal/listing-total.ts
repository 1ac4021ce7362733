import { count, formatBytes } from './amounts.js'
import { lengthOf, type ListedRow } from './listing.js'

/** How much a listing is of. */
export class ListingTotal {
  prefixes = 0
  #objects = 0
  #length = 0
  #storedLength = 0
  #unknown = 0

  add(row: ListedRow): void {
    const length = lengthOf(row)
    this.#objects++
    this.#length += length ?? 0
    this.#storedLength += row.object.storedLength
    if (length === undefined && row.version?.isDeleteMarker !== true) this.#unknown++
  }

  get isEmpty(): boolean {
    return this.prefixes + this.#objects === 0
  }

  facts() {
    return {
      objects: this.#objects,
      prefixes: this.prefixes,
      length: this.#length,
      storedLength: this.#storedLength,
      unknown: this.#unknown,
    }
  }

  describe(): string {
    return [
      count(this.#objects, 'object'),
      ...(this.prefixes > 0 ? [count(this.prefixes, 'prefix', 'prefixes')] : []),
      formatBytes(this.#length),
      `${formatBytes(this.#storedLength)} as OSS holds them`,
      ...(this.#unknown > 0 ? [`${count(this.#unknown, 'length')} not known`] : []),
    ].join(', ')
  }
}
