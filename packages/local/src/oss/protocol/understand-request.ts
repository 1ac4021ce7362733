import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessKey } from '../../http/service.js'
import { checkAnonymous } from './anonymous.js'
import type { Backend } from './backend.js'
import { corsHeaders } from './cors.js'
import { OssError } from './error/oss-error.js'
import type { BucketFacts } from './facts.js'
import { findRoute } from './find-route.js'
import type { OssGuesses } from './guesses.js'
import type { OssCall } from './request/oss-call.js'
import { parseRequestUrl, possibleTargets, type Target } from './request/target.js'
import type { Route } from './route.js'
import { verifySignature } from './signature/verify-signature.js'

/** What requests are understood against. */
export interface RequestRules {
  readonly backend: Backend
  readonly accessKeys: readonly AccessKey[]
  readonly now: () => number
  readonly region?: string
  readonly guesses: OssGuesses
}

/**
 * Finds out what is asked for, and that it may be asked. A bucket that is missing is told before anything else about the request,
 * as clients find out so whether there is one.
 *
 * @param response - is given the headers that let a browser's page see it, a refusal too.
 *
 * @throws `OssError`
 */
export async function understandRequest(
  rules: RequestRules,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ route: Route; call: OssCall }> {
  const { backend, accessKeys, region } = rules
  const { method = '', url = '/' } = request
  const headers = headersOf(request)
  const { path, query } = parseRequestUrl(url)
  const host = headers.get('host') ?? ''
  const targets = await possibleTargets(path, host, backend)
  const bucket = await checkBucket(targets, method, backend)
  const origin = headers.get('origin')
  if (bucket?.cors !== undefined && origin !== undefined) {
    for (const [name, value] of Object.entries(corsHeaders(bucket.cors, origin, method)))
      response.setHeader(name, value)
  }
  const nowMs = rules.now()
  const signed = { method, headers, query }
  // A browser asks with the URL of the request that it would send: a signature in there is of that one.
  const verified = method === 'OPTIONS' ? null : verifySignature(signed, targets, { accessKeys, nowMs, region })
  const target = verified ?? targets[0]
  if (target === undefined) throw new OssError('InvalidURI')
  if (verified === null && target.bucketName === '') throw new OssError('AccessDenied')
  const route = findRoute(signed, target)
  const call: OssCall = {
    ...target,
    query,
    headers,
    host,
    region: region ?? 'cn-hangzhou',
    nowMs,
    rangeLie: undefined,
    guesses: rules.guesses,
    request,
    backend,
  }
  if (verified === null) await checkAnonymous(route.name, call)
  return { route, call }
}

/** @throws `OssError` NoSuchBucket, unless the request may be to create it. */
async function checkBucket(targets: readonly Target[], method: string, backend: Backend): Promise<BucketFacts | null> {
  for (const { bucketName, key } of targets) {
    if (bucketName === '') return null
    const bucket = await backend.findBucket(bucketName)
    if (bucket !== null || (method === 'PUT' && key === '')) return bucket
  }
  throw new OssError('NoSuchBucket', { elements: { BucketName: targets[0]?.bucketName ?? '' } })
}

function headersOf(request: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}
