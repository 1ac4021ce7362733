import { OssError } from '../error/oss-error.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import type { OssCall } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'
import { writeXml, type XmlElements } from '../xml/write-xml.js'

/** @throws `OssError` InvalidObjectName: a key has 1 to 1023 bytes and begins with neither a slash nor a backslash. */
export function checkKey(key: string): void {
  if (key === '' || Buffer.byteLength(key) > 1023 || key.startsWith('/') || key.startsWith('\\')) {
    throw new OssError('InvalidObjectName', { elements: { ObjectName: key } })
  }
}

/** How a key is written in an answer. */
export type WriteKey = (key: string) => string

// eslint-disable-next-line no-control-regex -- these are the characters meant
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/**
 * An answer with keys in it, which are percent-encoded when `encoding-type=url` asks for it. XML 1.0 has no way to write most
 * control characters: an answer that has one in a key is encoded, and says so, whether or not it was asked for.
 *
 * @throws `OssError` InvalidEncodingType.
 */
export function keyAnswer(
  { query, guesses }: Pick<OssCall, 'query' | 'guesses'>,
  root: string,
  content: (write: WriteKey) => XmlElements,
  headers: Answer['headers'] = {},
): Answer {
  if (readEncodingType(query) === undefined) {
    const unwritable: string[] = []
    const plain = content((key) => {
      if (UNWRITABLE.test(key)) unwritable.push(key)
      return key
    })
    if (unwritable.length === 0 || !guesses.listingEncodesUnasked) return xmlAnswer(writeXml(root, plain), headers)
  }
  const encoded = content((key) => percentEncode(key).replaceAll('%2F', '/'))
  return xmlAnswer(writeXml(root, { EncodingType: 'url', ...encoded }), headers)
}

/** @throws `OssError` InvalidEncodingType. */
export function readEncodingType(query: ReadonlyMap<string, string>): 'url' | undefined {
  const encodingType = query.get('encoding-type')
  if (encodingType === undefined || encodingType === '') return undefined
  if (encodingType !== 'url') throw new OssError('InvalidEncodingType', { elements: { EncodingType: encodingType } })
  return encodingType
}
