import { OssError } from '../error/oss-error.js'

/** Whom an upload is told to, and in which words. */
export interface Callback {
  /** Asked one after the other, until one answers. */
  readonly urls: readonly URL[]
  readonly host: string | undefined
  /** With `${…}` where values go. */
  readonly body: string
  readonly isJson: boolean
  /** The values of `x:` names. */
  readonly variables: Readonly<Record<string, string>>
}

interface CallbackRequest {
  readonly headers: ReadonlyMap<string, string>
  readonly query: ReadonlyMap<string, string>
}

const MAX_URLS = 5

/**
 * Reads the callback that a request asks for, in a header or in the query, both parts of it JSON in base64.
 *
 * @throws `OssError` InvalidArgument; NotImplemented when it is to go anywhere but 127.0.0.1.
 */
export function readCallback({ headers, query }: CallbackRequest): Callback | undefined {
  const text = headers.get('x-oss-callback') ?? query.get('callback')
  if (text === undefined) return undefined
  const settings = readJson('callback', text)
  const { callbackUrl, callbackBody, callbackHost, callbackBodyType = 'application/x-www-form-urlencoded' } = settings
  if (!callbackUrl || !callbackBody) throw invalidCallback('callback', 'callbackUrl or callbackBody is missing')
  const isJson = callbackBodyType === 'application/json'
  if (!isJson && callbackBodyType !== 'application/x-www-form-urlencoded') {
    throw invalidCallback('callback', 'the callbackBodyType is not one of the two')
  }
  const variables = readJson('callback-var', headers.get('x-oss-callback-var') ?? query.get('callback-var') ?? 'e30=')
  if (Object.keys(variables).some((name) => !name.startsWith('x:'))) {
    throw invalidCallback('callback-var', 'names begin with x:')
  }
  return { urls: readUrls(callbackUrl), host: callbackHost, body: callbackBody, isJson, variables }
}

function readUrls(text: string): URL[] {
  const urls = text.split(';').map((url) => (URL.canParse(url) ? new URL(url) : null))
  const valid = urls.filter((url) => url !== null)
  if (valid.length !== urls.length || urls.length > MAX_URLS)
    throw invalidCallback('callback', 'the callbackUrl is none')
  const isLocal = valid.every(({ protocol, hostname }) => protocol === 'http:' && hostname === '127.0.0.1')
  if (!isLocal) {
    throw new OssError('NotImplemented', {
      message: 'Callbacks go to http://127.0.0.1 only.',
      elements: { Header: 'x-oss-callback' },
    })
  }
  return valid
}

function readJson(name: string, text: string): Readonly<Record<string, string | undefined>> & Record<string, string> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch {
    throw invalidCallback(name, 'it is not JSON in base64')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidCallback(name, 'it is no object')
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}

function invalidCallback(name: string, why: string): OssError {
  return new OssError('InvalidArgument', {
    message: `The ${name} configuration is not valid: ${why}.`,
    elements: { ArgumentName: name },
  })
}
