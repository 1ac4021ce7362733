import { compileFilter, type ObjectFilter } from './objects/filter.js'
import { audit, type AuditOptions } from './operations/audit.js'
import { encrypt, type EncryptOptions } from './operations/encrypt.js'
import { migrate, type MigrateOptions } from './operations/migrate.js'
import type { Operation } from './operations/operation.js'
import { rewrap } from './operations/rewrap.js'
import { verify } from './operations/verify.js'

/** What is done to the objects of a job. It is written down as it is: names of keys, no keys. */
export type Task =
  | { readonly operation: 'verify' }
  | ({ readonly operation: 'audit' } & AuditOptions)
  | { readonly operation: 'rewrap'; readonly to: readonly string[] }
  | ({ readonly operation: 'encrypt' } & EncryptOptions)
  | ({ readonly operation: 'migrate' } & MigrateOptions)

/** One run over a bucket, or a part of it. */
export interface JobSpec {
  readonly task: Task
  /** The bucket's name, which a job that is gone on with is compared by. */
  readonly bucket: string
  /** Default: all of the bucket. */
  readonly prefix?: string | undefined
  readonly filter?: ObjectFilter | undefined
  /** An inventory of OSS's that tells which objects there are, instead of a listing. It is of some hours or days ago. */
  readonly inventory?: Inventory | undefined
  /** Says what would be done, and writes nothing. Default false. */
  readonly dryRun?: boolean | undefined
}

/** Where an inventory is. */
export interface Inventory {
  /** The bucket that it was written to. */
  readonly bucket: string
  /** The key of its `manifest.json`. */
  readonly manifest: string
}

/** @throws TypeError, or RangeError, for a specification that is none. */
export function assertSpec({ task, filter = {} }: JobSpec): void {
  operationOf(task)
  compileFilter(filter)
  assertFinite('minLength', filter.minLength)
  assertFinite('maxLength', filter.maxLength)
}

/** @throws RangeError for what JSON, in which jobs are written down, has no number for. */
export function assertFinite(name: string, value: number | undefined): void {
  if (value !== undefined && !Number.isFinite(value)) throw new RangeError(`${name} is a finite number`)
}

/** @throws TypeError for a task that is none. */
export function operationOf(task: Task): Operation {
  switch (task.operation) {
    case 'audit':
      return audit
    case 'verify':
      return verify
    case 'rewrap':
      if (task.to.length === 0) throw new TypeError('objects are put under one CMK at least')
      return rewrap(task.to)
    case 'encrypt':
      return encrypt(task)
    case 'migrate':
      return migrate(task)
    default:
      throw new TypeError('there is no such operation')
  }
}
