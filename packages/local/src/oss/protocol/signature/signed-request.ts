import { timingSafeEqual } from 'node:crypto'
import type { AccessKey } from '../../../http/service.js'
import { OssError } from '../error/oss-error.js'
import type { Target } from '../request/target.js'

/** The parts of a request that signatures cover. */
export interface SignedRequest {
  readonly method: string
  readonly headers: ReadonlyMap<string, string>
  readonly query: ReadonlyMap<string, string>
}

/** A signature that a request claims, in either version, by header or by query. */
export interface SignatureClaim {
  readonly accessKeyId: string
  readonly securityToken: string | undefined
  readonly signature: string
  /** The signature's text before it is keyed, as Latin-1 bytes, if the request is about `target`. */
  readonly stringToSign: (target: Target) => string
  /** Of version 1: the text of a client that knows of sub-resources which are newer than the list of them here. */
  readonly newerStringToSign?: (target: Target) => string
  /** Of version 4: what the string to sign has the hash of, as Latin-1 bytes. */
  readonly canonicalRequest?: (target: Target) => string
  readonly sign: (accessKey: AccessKey, stringToSign: string) => string
  /** @throws `OssError` when the request is too old, too new or expired. */
  readonly checkTime: (nowMs: number) => void
}

const MAX_SKEW_MS = 15 * 60 * 1000

/** @throws `OssError` RequestTimeTooSkewed. */
export function checkSkew(requestMs: number, nowMs: number): void {
  if (Math.abs(nowMs - requestMs) <= MAX_SKEW_MS) return
  throw new OssError('RequestTimeTooSkewed', {
    elements: {
      RequestTime: new Date(requestMs).toISOString(),
      ServerTime: new Date(nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: MAX_SKEW_MS,
    },
  })
}

/** Compares without telling by its duration where the texts differ. */
export function equalsInConstantTime(a: string, b: string): boolean {
  const x = Buffer.from(a)
  const y = Buffer.from(b)
  return x.length === y.length && timingSafeEqual(x, y)
}

/** The UTF-8 bytes of a text as Latin-1, which is how Node gives the bytes of header values. */
export function utf8AsLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

export function denied(message: string): OssError {
  return new OssError('AccessDenied', { message })
}
