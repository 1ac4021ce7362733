/** An object as a listing tells of it. */
export interface ListedObject {
  readonly name: string
  /** Bytes that are stored. */
  readonly length: number
  readonly lastModified: Date
  readonly storageClass: string
}

/** Where jobs keep what they have not finished with. No job touches what is below it, but `clean`. */
export const JOBS_PREFIX = '.osscrypt-jobs/'

/** What is to take an object's place is stored below this prefix first. Never the only copy of anything. */
export const STAGED_PREFIX = `${JOBS_PREFIX}staged/`

/** What an object was before it was migrated, until what took its place has been read back. */
export const REPLACED_PREFIX = `${JOBS_PREFIX}replaced/`

/** What an object was before it was migrated, where that is to be kept. */
export const KEPT_PREFIX = `${JOBS_PREFIX}kept/`

/** A name below one of these prefixes that no other attempt has. */
export function freshName(prefix: string, name: string): string {
  return `${prefix}${crypto.randomUUID()}/${name}`
}

/** The name of the object that {@link freshName} was made for. */
export function originalName(prefix: string, fresh: string): string {
  return fresh.slice(fresh.indexOf('/', prefix.length) + 1)
}

/** Classes whose objects have to be restored before they can be read. */
export function isArchived({ storageClass }: ListedObject): boolean {
  return /archive/i.test(storageClass)
}

/**
 * Whether requests reach the object of this very name: clients of OSS take leading slashes away, and the segments `.` and `..`, and would touch
 * another object.
 */
export function isReachable(name: string): boolean {
  return name !== '' && !name.startsWith('/') && !name.split('/').some((segment) => segment === '.' || segment === '..')
}
