import { isIP } from 'node:net'
import type { Backend } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { isBucketName } from './bucket-name.js'

/** What a request is about; `''` for no bucket or no object. */
export interface Target {
  readonly bucketName: string
  readonly key: string
  /** Whether the bucket's name is in the host, and not in the path. */
  readonly isHostStyle: boolean
}

/** The request line taken apart. A parameter without `=` has the value `''`, as one with nothing after it. */
export interface RequestUrl {
  /** Decoded, beginning with a slash. */
  readonly path: string
  readonly query: ReadonlyMap<string, string>
}

/** @throws `OssError` InvalidURI. */
export function parseRequestUrl(url: string): RequestUrl {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '')
  const [path = '', query = ''] = splitOnce(target, '?')
  return { path: decode(path.startsWith('/') ? path : `/${path}`), query: parseQuery(query) }
}

function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const parameter of query.split('&')) {
    if (parameter === '') continue
    const [name, value = ''] = splitOnce(parameter.replaceAll('+', ' '), '=')
    parameters.set(decode(name ?? ''), decode(value))
  }
  return parameters
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new OssError('InvalidURI')
  }
}

/**
 * The targets that a request may have, the likeliest first. With `/a/b` and the host `a.oss-cn-hangzhou.aliyuncs.com` it can be the
 * object `b` (path style, and ali-oss sends such a host whatever the endpoint is) or the object `a/b` (the bucket in the host): the
 * signature, which covers both names, tells them apart.
 *
 * @throws `OssError` InvalidBucketName when there is an object and no bucket.
 */
export async function possibleTargets(
  path: string,
  host: string,
  backend: Pick<Backend, 'findBucket'>,
): Promise<Target[]> {
  const [first = '', key = ''] = splitOnce(path.slice(1), '/')
  const pathStyle: Target = { bucketName: first, key, isHostStyle: false }
  const label = bucketInHost(host)
  if (label === null) {
    if (first === '' && key !== '') throw new OssError('InvalidBucketName')
    return [pathStyle]
  }
  const hostStyle: Target = { bucketName: label, key: path.slice(1), isHostStyle: true }
  if (first === '' && key !== '') return [hostStyle]
  const isBucket = async (name: string): Promise<boolean> => (await backend.findBucket(name)) !== null
  const hasLabel = await isBucket(label)
  const pathFirst = path === '/' ? !hasLabel : first === label || (!hasLabel && (await isBucket(first)))
  return pathFirst ? [pathStyle, hostStyle] : [hostStyle, pathStyle]
}

function bucketInHost(host: string): string | null {
  const name = host.replace(/:\d+$/, '')
  if (isIP(name) !== 0 || name.startsWith('[')) return null
  const [label = '', rest = ''] = splitOnce(name, '.')
  return rest !== '' && isBucketName(label) ? label : null
}
