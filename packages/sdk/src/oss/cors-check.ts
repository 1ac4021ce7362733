import { corsRule } from './cors-rule.js'

/** One text, or several: OSS answers what is there once as no list. */
type Listed = string | readonly string[] | undefined

/** A rule of a bucket's CORS, as OSS and its clients answer it (`getBucketCORS` of ali-oss). */
export interface FoundCorsRule {
  readonly allowedOrigin?: Listed
  readonly allowedMethod?: Listed
  readonly allowedHeader?: Listed
  readonly exposeHeader?: Listed
}

/** What a bucket's CORS lets the pages of an origin do. */
export type CorsFinding =
  | { readonly state: 'complete' }
  /** No rule has the origin. */
  | { readonly state: 'none' }
  /** The rule for it lacks methods, headers that are sent, or headers that are read: `PUT`, `AllowedHeader *`, `ExposeHeader ETag`. */
  | { readonly state: 'incomplete'; readonly missing: readonly string[] }

/**
 * Whether a bucket's CORS lets the pages of an origin work with its objects. Of several rules OSS goes by the first that has the origin.
 *
 * @param origin Such as `https://app.example.com`.
 * @param metadata Names of the user metadata that the pages read, without `x-oss-meta-`.
 */
export function checkCors(
  rules: readonly FoundCorsRule[],
  origin: string,
  metadata: readonly string[] = [],
): CorsFinding {
  const rule = rules.find(({ allowedOrigin }) => listOf(allowedOrigin).some((pattern) => isLike(pattern, origin)))
  if (!rule) return { state: 'none' }
  const needed = corsRule([origin], metadata)
  const has = (listed: Listed) => new Set(listOf(listed).map((text) => text.toLowerCase()))
  const [methods, headers, exposed] = [has(rule.allowedMethod), has(rule.allowedHeader), has(rule.exposeHeader)]
  const missing = [
    ...needed.allowedMethod.filter((method) => !methods.has(method.toLowerCase())),
    ...(headers.has('*') ? [] : ['AllowedHeader *']),
    ...needed.exposeHeader.filter((name) => !exposed.has(name.toLowerCase())).map((name) => `ExposeHeader ${name}`),
  ]
  return missing.length === 0 ? { state: 'complete' } : { state: 'incomplete', missing }
}

/**
 * The rule of {@link corsRule} in XML, as OSS and `ossutil cors --method put` take it. It takes the place of all rules that the bucket has.
 *
 * @returns lines.
 */
export function corsDocument(origins: readonly string[], metadata: readonly string[] = []): readonly string[] {
  const { allowedOrigin, allowedMethod, allowedHeader, exposeHeader, maxAgeSeconds } = corsRule(origins, metadata)
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

/** Whether an origin is like that of a rule, which may have one `*`. */
function isLike(pattern: string, origin: string): boolean {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return pattern === origin
  return origin.length >= start.length + end.length && origin.startsWith(start) && origin.endsWith(end)
}

function listOf(listed: Listed): readonly string[] {
  return listed === undefined ? [] : [listed].flat()
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
