import type { ListedObject } from '../objects/listed-object.js'
import { QueueError } from './queue-error.js'

/** Objects that are worked on together: what a worker takes. */
export interface Batch {
  /** From 1, in the order of the listing. */
  readonly number: number
  readonly objects: readonly ListedObject[]
}

/** A batch as Redis keeps it. */
export interface QueuedBatch {
  readonly number: number
  readonly objects: readonly (readonly [name: string, length: number, lastModifiedMs: number, storageClass: string])[]
}

export function encodeBatch({ number, objects }: Batch): QueuedBatch {
  return {
    number,
    objects: objects.map(({ name, length, lastModified, storageClass }) => [
      name,
      length,
      lastModified.getTime(),
      storageClass,
    ]),
  }
}

/** @throws QueueError `QueueDamaged`. */
export function parseBatch({ number, objects }: QueuedBatch): Batch {
  if (!Number.isSafeInteger(number) || !Array.isArray(objects)) throw damaged()
  return {
    number,
    objects: (objects as readonly unknown[]).map((object) => {
      const [name, length, lastModifiedMs, storageClass] = Array.isArray(object) ? (object as unknown[]) : []
      if (
        typeof name !== 'string' ||
        typeof length !== 'number' ||
        typeof lastModifiedMs !== 'number' ||
        typeof storageClass !== 'string'
      )
        throw damaged()
      return { name, length, lastModified: new Date(lastModifiedMs), storageClass }
    }),
  }
}

/** What BullMQ calls a batch: the same at each attempt to queue it, so that it is there once. */
export function batchId(number: number): string {
  return `batch-${String(number)}`
}

function damaged(): QueueError {
  return new QueueError('QueueDamaged', 'what is queued is no batch of objects')
}
