import type { IncomingMessage } from 'node:http'
import type { AccessKey } from '../../http/service.js'
import { checkAnonymous } from './anonymous.js'
import type { Backend } from './backend.js'
import { OssError } from './error/oss-error.js'
import { findRoute } from './find-route.js'
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
}

/**
 * Finds out what is asked for, and that it may be asked. A bucket that is missing is told before anything else about the request,
 * as clients find out so whether there is one.
 *
 * @throws `OssError`
 */
export async function understandRequest(
  rules: RequestRules,
  request: IncomingMessage,
): Promise<{ route: Route; call: OssCall }> {
  const { backend, accessKeys, region } = rules
  const { method = '', url = '/' } = request
  const headers = headersOf(request)
  const { path, query } = parseRequestUrl(url)
  const host = headers.get('host') ?? ''
  const targets = await possibleTargets(path, host, backend)
  await checkBucket(targets, method, backend)
  const nowMs = rules.now()
  const signed = { method, headers, query }
  const verified = verifySignature(signed, targets, { accessKeys, nowMs, region })
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
    request,
    backend,
  }
  if (verified === null) await checkAnonymous(route.name, call)
  return { route, call }
}

/** @throws `OssError` NoSuchBucket, unless the request may be to create it. */
async function checkBucket(targets: readonly Target[], method: string, backend: Backend): Promise<void> {
  for (const { bucketName, key } of targets) {
    if (bucketName === '' || (method === 'PUT' && key === '')) return
    if ((await backend.findBucket(bucketName)) !== null) return
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
