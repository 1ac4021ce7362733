/** An object as a listing tells of it. */
export interface ListedObject {
  readonly name: string
  /** Bytes that are stored. */
  readonly length: number
  readonly lastModified: Date
  readonly storageClass: string
  /** Where versions are listed: which one it is. */
  readonly version?: ObjectVersion | undefined
}

/** A version of an object, in a bucket that keeps them. */
export interface ObjectVersion {
  readonly id: string
  /** Whether it is what is read without a version's id. */
  readonly isLatest: boolean
}

/** Where jobs keep what they have not finished with. No job touches what is below it, but `clean`. */
export const JOBS_PREFIX = '.osscrypt-jobs/'

/** What is to take an object's place is stored below this prefix first. Never the only copy of anything. */
export const STAGED_PREFIX = `${JOBS_PREFIX}staged/`

/** What an object was before another took its place, where that is to be kept. */
export const KEPT_PREFIX = `${JOBS_PREFIX}kept/`

/** Bytes of a name in OSS, at most. */
const MAX_NAME_LENGTH = 1023

/** A name below one of these prefixes that no other attempt has. What is staged for a name that is too long for that does not tell it. */
export function freshName(prefix: string, name: string): string {
  const unique = `${prefix}${crypto.randomUUID()}`
  const fresh = `${unique}/${name}`
  return prefix === STAGED_PREFIX && Buffer.byteLength(fresh) > MAX_NAME_LENGTH ? unique : fresh
}

/** The name of the object for which something below `.osscrypt-jobs/` was staged or kept; undefined where it does not tell. */
export function heldFor(name: string): string | undefined {
  return name.slice(JOBS_PREFIX.length).split('/').slice(2).join('/') || undefined
}

/** Whether an object stands for a folder, as consoles and tools make them. */
export function isFolder({ name, length }: Pick<ListedObject, 'name' | 'length'>): boolean {
  return name.endsWith('/') && length === 0
}

/** Classes whose objects have to be restored before they can be read. */
export function isArchived({ storageClass }: Pick<ListedObject, 'storageClass'>): boolean {
  return /archive/i.test(storageClass)
}

/**
 * Whether requests reach the object of this very name: clients of OSS take leading slashes away, and the segments `.` and `..`, and would touch
 * another object.
 */
export function isReachable(name: string): boolean {
  return name !== '' && !name.startsWith('/') && !name.split('/').some((segment) => segment === '.' || segment === '..')
}
