import { corsRule, type CorsRule } from 'osscrypt/oss'
import { CommandError } from '../command-error.js'
import type { AccessCheck } from './access-checks.js'
import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

type Listed = string | readonly string[] | undefined

/** A rule as OSS answers it: what is there once is no list. */
interface AnsweredRule {
  readonly allowedOrigin?: Listed
  readonly allowedMethod?: Listed
  readonly allowedHeader?: Listed
  readonly exposeHeader?: Listed
}

/** Whether a bucket's CORS lets the pages of an origin work with its objects. Of several rules OSS goes by the first that has the origin. */
export function corsCheck(session: Session, bucket: string, origin: string, signal: AbortSignal): AccessCheck {
  const look = async () => {
    const rule = (await readRules(session, bucket, signal)).find(({ allowedOrigin }) =>
      listOf(allowedOrigin).some((pattern) => isLike(pattern, origin)),
    )
    if (!rule) throw tooLittle(`no rule of bucket ${bucket} has the origin`)
    const missing = whatIsMissing(rule, corsRule([origin]))
    if (missing.length > 0) throw tooLittle(`the rule of bucket ${bucket} for it lacks ${missing.join(', ')}`)
    return `the CORS of bucket ${bucket} lets its pages work with encrypted objects`
  }
  return { name: `pages of ${origin}`, look }
}

/** The rule that pages of these origins need, as OSS and `ossutil cors --method put` take it. */
export function corsDocument(origins: readonly string[]): readonly string[] {
  const { allowedOrigin, allowedMethod, allowedHeader, exposeHeader, maxAgeSeconds } = corsRule(origins)
  const lines = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `    <${tag}>${escapeXml(text)}</${tag}>`)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<CORSConfiguration>',
    '  <CORSRule>',
    ...lines('AllowedOrigin', allowedOrigin),
    ...lines('AllowedMethod', allowedMethod),
    ...lines('AllowedHeader', allowedHeader),
    ...lines('ExposeHeader', exposeHeader),
    ...lines('MaxAgeSeconds', [String(maxAgeSeconds)]),
    '  </CORSRule>',
    '  <ResponseVary>true</ResponseVary>',
    '</CORSConfiguration>',
  ]
}

async function readRules(session: Session, bucket: string, signal: AbortSignal): Promise<readonly AnsweredRule[]> {
  const store = await session.rawStore(bucket)
  try {
    const how = { retry: session.retry, signal }
    return (await askOss(`GetBucketCors of ${bucket}`, () => store.getBucketCORS(bucket), how)).rules
  } catch (error) {
    if ((error as { readonly serviceCode?: unknown }).serviceCode === 'NoSuchCORSConfiguration') return []
    throw error
  }
}

function whatIsMissing(rule: AnsweredRule, needed: CorsRule): readonly string[] {
  const has = (listed: Listed) => new Set(listOf(listed).map((text) => text.toLowerCase()))
  const [methods, headers, exposed] = [has(rule.allowedMethod), has(rule.allowedHeader), has(rule.exposeHeader)]
  const isExposed = (name: string) => exposed.has(name.toLowerCase())
  return [
    ...needed.allowedMethod.filter((method) => !methods.has(method.toLowerCase())),
    ...(headers.has('*') ? [] : ['AllowedHeader *']),
    ...needed.exposeHeader.filter((name) => !isExposed(name)).map((name) => `ExposeHeader ${name}`),
  ]
}

/** Whether an origin is like that of a rule, which may have one `*`. */
function isLike(pattern: string, origin: string): boolean {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return pattern === origin
  return origin.length >= start.length + end.length && origin.startsWith(start) && origin.endsWith(end)
}

function listOf(listed: Listed): readonly string[] {
  return listed === undefined ? [] : [listed].flat()
}

function tooLittle(message: string): CommandError {
  return new CommandError('denied', 'CorsDenied', message, 'the rule that is needed is printed below')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
