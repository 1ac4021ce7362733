import type { ListedObject } from '../objects/listed-object.js'
import { QueueError } from './queue-error.js'

/** Objects that are worked on together: what a worker takes. */
export interface Batch {
  /** Of which life of the job it is: see `JobRecord.run`. */
  readonly run: string
  /** From 1, in the order of the listing. */
  readonly number: number
  readonly objects: readonly ListedObject[]
}

/** A batch as Redis keeps it. */
export interface QueuedBatch extends Pick<Batch, 'run' | 'number'> {
  readonly objects: readonly (Omit<ListedObject, 'lastModified'> & { readonly lastModified: number })[]
}

export function encodeBatch({ run, number, objects }: Batch): QueuedBatch {
  return { run, number, objects: objects.map((object) => ({ ...object, lastModified: object.lastModified.getTime() })) }
}

/** @throws QueueError `QueueDamaged`. */
export function parseBatch({ run, number, objects }: QueuedBatch): Batch {
  if (
    typeof run !== 'string' ||
    !Number.isSafeInteger(number) ||
    !Array.isArray(objects) ||
    !objects.every(isQueuedObject)
  )
    throw new QueueError('QueueDamaged', 'what is queued is no batch of objects')
  return { run, number, objects: objects.map((object) => ({ ...object, lastModified: new Date(object.lastModified) })) }
}

function isQueuedObject(value: unknown): value is QueuedBatch['objects'][number] {
  if (typeof value !== 'object' || value === null) return false
  const { name, length, lastModified, storageClass } = value as Readonly<Record<string, unknown>>
  return (
    typeof name === 'string' &&
    Number.isSafeInteger(length) &&
    typeof lastModified === 'number' &&
    typeof storageClass === 'string'
  )
}

/** What BullMQ calls a batch: the same at each attempt to queue it, so that it is there once. */
export function batchId({ run, number }: Pick<Batch, 'run' | 'number'>): string {
  return `${run}-${String(number)}`
}
