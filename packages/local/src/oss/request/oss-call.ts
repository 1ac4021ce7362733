import type { IncomingMessage } from 'node:http'
import type { FaultEffect } from '../../faults/fault-plan.js'
import { OssError } from '../error/oss-error.js'
import type { Bucket } from '../store/bucket.js'
import type { ObjectStore } from '../store/object-store.js'
import type { Target } from './target.js'

/** How a ranged read is to be answered wrongly. */
export type RangeLie = Extract<FaultEffect, { kind: 'lie-range' }>['lie']

/** A request that was understood and is allowed, as an operation sees it. */
export interface OssCall extends Target {
  readonly query: ReadonlyMap<string, string>
  /** By lower-case name; the bytes of values as Latin-1. */
  readonly headers: ReadonlyMap<string, string>
  readonly request: IncomingMessage
  readonly host: string
  readonly region: string
  readonly store: ObjectStore
  readonly nowMs: number
  readonly rangeLie: RangeLie | undefined
}

/** Who every bucket and object belongs to. */
export const OWNER = { ID: '0022012', DisplayName: '0022012' } as const

/** The request's bytes, chunk by chunk; the connection outlives a reader that gives up, so that it can be answered. */
export function bodyOf(call: OssCall): AsyncIterable<Buffer> {
  return call.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
}

/** @throws `OssError` NoSuchBucket. */
export function bucketOf(call: OssCall): Bucket {
  return findBucket(call, call.bucketName)
}

/** @throws `OssError` NoSuchBucket. */
export function findBucket({ store }: OssCall, name: string): Bucket {
  const bucket = store.find(name)
  if (bucket === null) throw new OssError('NoSuchBucket', { elements: { BucketName: name } })
  return bucket
}

/** The clock as objects have it: in whole seconds. */
export function wholeSecond(nowMs: number): number {
  return Math.floor(nowMs / 1000) * 1000
}

/**
 * A parameter that is a whole number within bounds.
 *
 * @throws `OssError` InvalidArgument.
 */
export function integerParameter(
  call: OssCall,
  name: string,
  bounds: readonly [number, number],
  absent: number,
): number {
  const text = call.query.get(name)
  if (text === undefined || text === '') return absent
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (!(value >= bounds[0] && value <= bounds[1])) throw invalidParameter(name, text)
  return value
}

export function invalidParameter(name: string, value: string): OssError {
  return new OssError('InvalidArgument', {
    message: `Argument ${name} is invalid.`,
    elements: { ArgumentName: name, ArgumentValue: value },
  })
}
