import { OssError } from '../error/oss-error.js'
import { utf8AsLatin1 } from '../signature/signed-request.js'

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/**
 * The headers that `response-content-type` and its like ask for.
 *
 * @throws `OssError` InvalidArgument.
 */
export function overriddenHeaders(query: ReadonlyMap<string, string>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    // eslint-disable-next-line no-control-regex -- what a header cannot hold
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new OssError('InvalidArgument', { elements: { ArgumentName: `response-${name}` } })
    }
    // Names in Chinese, say: the bytes of their UTF-8 form.
    headers[name] = utf8AsLatin1(value)
  }
  return headers
}
