import type { AskOptions } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { listPages } from './list-objects.js'
import { listVersions } from './list-versions.js'
import type { InventoryPlace } from './inventory-manifest.js'
import { readInventory } from './read-inventory.js'
import type { SourcePage } from './source-page.js'

/** Which objects there are. */
export interface SourceOptions extends AskOptions {
  readonly bucketName: string
  readonly bucket: BucketClient
  readonly prefix?: string | undefined
  /** Old versions, too. */
  readonly versions?: boolean | undefined
  /** An inventory that tells of them, instead of the bucket itself. */
  readonly inventory?: InventoryPlace | undefined
}

/**
 * The objects of a bucket in an order that stays, a page at a time.
 *
 * @param after A page's cursor, to go on behind it.
 */
export async function* readSource(
  { bucketName, bucket, prefix, versions = false, inventory, ...ask }: SourceOptions,
  after: string | undefined,
): AsyncGenerator<SourcePage> {
  if (inventory) yield* readInventory(inventory, { bucketName, prefix, versions, after, ...ask })
  else if (versions) yield* listVersions(bucket, { prefix, after, ...ask })
  else {
    let cursor = after
    for await (const objects of listPages(bucket, { prefix, startAfter: after, ...ask })) {
      cursor = objects.at(-1)?.name ?? cursor
      yield { objects, cursor }
    }
  }
}
