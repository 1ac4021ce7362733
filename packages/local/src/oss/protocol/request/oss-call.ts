import type { IncomingMessage } from 'node:http'
import type { FaultEffect } from '../../../faults/fault-plan.js'
import type { Backend, FoundObject, FoundUpload, Place } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import type { BucketFacts } from '../facts.js'
import type { OssGuesses } from '../guesses.js'
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
  readonly backend: Backend
  readonly nowMs: number
  readonly rangeLie: RangeLie | undefined
  readonly guesses: OssGuesses
}

/** Who every bucket and object belongs to. */
export const OWNER = { ID: '0022012', DisplayName: '0022012' } as const

/** The request's bytes, chunk by chunk; the connection outlives a reader that gives up, so that it can be answered. */
export function bodyOf(call: OssCall): AsyncIterable<Buffer> {
  return call.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
}

/** @throws `OssError` NoSuchBucket. */
export function bucketOf(call: OssCall): Promise<BucketFacts> {
  return findBucket(call.backend, call.bucketName)
}

/** @throws `OssError` NoSuchBucket. */
export async function findBucket(backend: Backend, name: string): Promise<BucketFacts> {
  const bucket = await backend.findBucket(name)
  if (bucket === null) throw new OssError('NoSuchBucket', { elements: { BucketName: name } })
  return bucket
}

/**
 * The version of an object that a request names, or its newest.
 *
 * @throws `OssError` NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker that is named.
 */
export async function findObject(
  backend: Backend,
  bucketName: string,
  key: string,
  versionId: string | undefined,
): Promise<FoundObject> {
  const found = await backend.findObject(bucketName, key, versionId)
  if (found === null && versionId !== undefined) {
    throw new OssError('NoSuchVersion', { elements: { Key: key, VersionId: versionId } })
  }
  if (found === null) throw new OssError('NoSuchKey', { elements: { Key: key } })
  if (found.facts.deleteMarker) {
    const headers = { 'x-oss-delete-marker': 'true', 'x-oss-version-id': found.facts.versionId }
    throw versionId === undefined
      ? new OssError('NoSuchKey', { elements: { Key: key }, headers })
      : new OssError('MethodNotAllowed', { elements: { Method: 'GET', ResourceType: 'DeleteMarker' }, headers })
  }
  return found
}

/** @throws `OssError` as {@link findObject}. */
export function objectOf(call: OssCall): Promise<FoundObject> {
  return findObject(call.backend, call.bucketName, call.key, call.query.get('versionId'))
}

/** @throws `OssError` NoSuchUpload. */
export async function uploadOf({ backend, bucketName, key, query }: OssCall): Promise<FoundUpload> {
  const uploadId = query.get('uploadId') ?? ''
  const upload = await backend.findUpload(bucketName, key, uploadId)
  if (upload === null) throw new OssError('NoSuchUpload', { elements: { UploadId: uploadId } })
  return upload
}

/**
 * Where the object goes that the request writes.
 *
 * @throws `OssError` InvalidArgument.
 */
export function placeOf({ bucketName, key, nowMs, headers }: OssCall): Place {
  const forbids = headers.get('x-oss-forbid-overwrite') ?? 'false'
  if (forbids !== 'true' && forbids !== 'false') {
    throw new OssError('InvalidArgument', {
      ec: '0017-00000279',
      elements: { ArgumentName: 'x-oss-forbid-overwrite', ArgumentValue: forbids },
    })
  }
  return { bucket: bucketName, key, nowMs: wholeSecond(nowMs), forbidOverwrite: forbids === 'true' }
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

const MAX_TEXT_LENGTH = 1024

/**
 * Parameters that are part of keys, `''` when left out.
 *
 * @throws `OssError` InvalidArgument when one is longer than a key can be.
 */
export function textParameters<const Names extends readonly string[]>(
  { query }: OssCall,
  ...names: Names
): { [Name in keyof Names]: string } {
  const texts = names.map((name) => {
    const text = query.get(name) ?? ''
    if (Buffer.byteLength(text) > MAX_TEXT_LENGTH) throw invalidParameter(name, text)
    return text
  })
  return texts as { [Name in keyof Names]: string }
}

export function invalidParameter(name: string, value: string): OssError {
  return new OssError('InvalidArgument', {
    message: `Argument ${name} is invalid.`,
    elements: { ArgumentName: name, ArgumentValue: value },
  })
}
