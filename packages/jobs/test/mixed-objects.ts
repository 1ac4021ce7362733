import type OSS from 'ali-oss'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { createHash } from 'node:crypto'

/** What an object of the mixed bucket is at the moment. */
export type TrueKind = 'plain' | 'gcm' | 'floe' | 'oss-sdk-ctr'

/** The truth of one object, kept apart from everything that jobs say. */
export interface MixedObject {
  readonly name: string
  readonly content: Buffer
  kind: TrueKind
  /** In a class that jobs leave alone. */
  readonly archived: boolean
  /** Stored by a writer that binds nothing to its name, or by the OSS SDKs' own encryption. */
  bound: boolean
  /** Nobody could verify what it was made of. */
  unverified: boolean
}

const kinds: readonly TrueKind[] = ['plain', 'plain', 'plain', 'gcm', 'gcm', 'floe', 'floe', 'oss-sdk-ctr']

/** Objects of all kinds, lengths and names, in the order in which OSS lists them. */
export function mixedObjects(count: number): MixedObject[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'plain'
    const seed = createHash('sha256').update(String(index)).digest()
    // Most are small; some take parts of a segment, a few are empty.
    const length = index % 97 === 0 ? 0 : index % 501 === 1 ? 300_000 : (seed.readUInt16BE(0) % 3000) + 1
    const content = Buffer.alloc(length, seed)
    const name = `o/${String(index).padStart(8, '0')}${index % 10 === 3 ? ' ü+%"&文' : ''}`
    const bound = kind !== 'oss-sdk-ctr' && kind !== 'plain' && index % 11 !== 0
    return { name, content, kind, archived: kind === 'plain' && index % 50 === 2, bound, unverified: false }
  })
}

/** Stores an object as it is in truth. */
export async function storeMixed(oss: OSS, client: OssEncryptionClient, object: MixedObject): Promise<void> {
  const { name, content, kind, archived, bound } = object
  const meta = { colour: 'blue' }
  if (kind === 'plain') {
    const headers = archived ? { 'x-oss-storage-class': 'Archive' } : {}
    await oss.put(name, content, { meta, headers } as object)
  } else if (kind === 'oss-sdk-ctr')
    await client.put(name, content, { meta, format: kind, writeWithoutIntegrity: true })
  else await client.put(name, content, { meta, format: kind, bindToObject: bound })
}

/** Does `work` for all of them, some at a time. */
export async function forEachParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const waiting = items.entries()
  const takeTurns = async () => {
    for (const [index, item] of waiting) await work(item, index)
  }
  await Promise.all(Array.from({ length: 32 }, takeTurns))
}
