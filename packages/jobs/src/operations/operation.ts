import type { OssEncryptionClient } from 'osscrypt/oss'
import type { BucketClient } from '../objects/bucket-client.js'
import type { Classification } from '../objects/classify-object.js'
import type { ListedObject } from '../objects/listed-object.js'
import type { Finished } from './outcome.js'

/** What objects are worked on with. */
export interface Workplace {
  /** Reads and writes what is encrypted. */
  readonly client: OssEncryptionClient
  /** The client of the same bucket that `client` stands on, for what is not. */
  readonly bucket: BucketClient
}

/** What an object costs at most. Retries are not counted. */
export interface Cost {
  /** Requests that are billed as PUT: uploads, copies, deletes, listings. */
  readonly putRequests: number
  readonly getRequests: number
  readonly bytesDown: number
  readonly bytesUp: number
  readonly kmsCalls: number
}

/** An operation on one object. */
export interface ObjectRun extends RunOptions {
  /** Of an operation that replaces objects: the headers of the object before anything was found out of it. */
  readonly head?: Readonly<Record<string, string>> | undefined
}

/** What is done to each object of a job. The object's own state decides what there is to do: doing it twice does no harm. */
export interface Operation {
  /** Whether it says what is there, and does nothing about it: of links, too. */
  readonly onlyLooks?: boolean
  /** Whether all that KMS is asked is about the CMKs that are written under: where those cannot be used, no object can be worked on. */
  readonly usesOneCmk?: boolean
  /** Whether it puts something in an object's place: only if that is still the one that was looked at first. */
  readonly replaces?: boolean
  cost(object: ListedObject): Cost
  /** @param found What the object was found to be: no link, unless the operation only looks. */
  run(object: ListedObject, found: Classification, workplace: Workplace, options: ObjectRun): Promise<Finished>
}

/** How an operation runs. */
export interface RunOptions {
  /** Says what would be done, and writes nothing. */
  readonly dryRun: boolean
  readonly signal?: AbortSignal | undefined
}
