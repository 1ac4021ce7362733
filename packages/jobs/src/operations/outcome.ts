import type { ErrorCode } from 'osscrypt'
import type { Finding, ObjectKind } from '../objects/classify-object.js'
import type { ObjectVersion } from '../objects/listed-object.js'

/** Why an object was left alone. */
export type SkipReason =
  | 'AlreadyEncrypted'
  | 'AlreadyUnderCmks'
  | 'AlreadyInFormat'
  | 'BrokenEnvelope'
  | 'NotEncrypted'
  | 'LegacyFormat'
  | 'MessageBody'
  | 'Archived'
  | 'Gone'
  | 'Folder'
  | 'ContentEncoding'
  | 'Symlink'
  | 'Appendable'
  | 'DryRun'

/** What the file system says where temporary files are held: no fault of an object's. */
export const localFailures = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE', 'ENFILE', 'EIO'] as const

/**
 * Why an object failed: the error's code; a code of the file system's for temporary files; `ObjectUnreachable`, where the connection breaks for this object and OSS
 * answers else; `NameUnreachable`, where requests would touch another object; `Immutable`, where a retention policy or a legal hold keeps it as it is; `BucketImmutable`, where that keeps all that is stored, what was staged, too;
 * `OtherCmks`, where it would be encrypted under other CMKs than the job names; `Unexpected` for anything else.
 */
export type FailureCode =
  | ErrorCode
  | (typeof localFailures)[number]
  | 'NameUnreachable'
  | 'ObjectUnreachable'
  | 'Immutable'
  | 'BucketImmutable'
  | 'OtherCmks'
  | 'Unexpected'

/** What came of one object: a line of the report. */
export interface Outcome {
  readonly name: string
  /** Bytes that were stored when it was listed. */
  readonly length: number
  /** Where versions are looked at: which one it is. */
  readonly version?: ObjectVersion | undefined
  readonly status: 'done' | 'skipped' | 'failed'
  readonly reason?: SkipReason | undefined
  readonly code?: FailureCode | undefined
  readonly message?: string | undefined
  /** What the object is now, where the operation found it out. */
  readonly kind?: ObjectKind | undefined
  readonly cmkArns?: readonly string[] | undefined
  readonly findings?: readonly Finding[] | undefined
  /** What a job could not take over, as the access key may not read it. */
  readonly dropped?: readonly string[] | undefined
}

/** What an operation says of an object. */
export type Finished = Omit<Outcome, 'name' | 'length' | 'version'>

/** The result for an object that was left alone. */
export function skipped(reason: SkipReason, facts: Partial<Finished> = {}): Finished {
  return { ...facts, status: 'skipped', reason }
}
