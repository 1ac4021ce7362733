/** How OSS keeps an object; of a copy it is to be said again. */
const STORAGE_HEADERS = [
  'x-oss-storage-class',
  'x-oss-server-side-encryption',
  'x-oss-server-side-encryption-key-id',
  'x-oss-server-side-data-encryption',
]

/** The headers that a copy of an object is to be sent with. */
export function storageHeaders(head: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    STORAGE_HEADERS.flatMap((field) => (head[field] === undefined ? [] : [[field, head[field]] as const])),
  )
}
