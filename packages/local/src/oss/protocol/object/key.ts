import { OssError } from '../error/oss-error.js'
import { percentEncode } from '../signature/percent-encode.js'

/** @throws `OssError` InvalidObjectName: a key has 1 to 1023 bytes and begins with neither a slash nor a backslash. */
export function checkKey(key: string): void {
  if (key === '' || Buffer.byteLength(key) > 1023 || key.startsWith('/') || key.startsWith('\\')) {
    throw new OssError('InvalidObjectName', { elements: { ObjectName: key } })
  }
}

/**
 * How keys are written in an XML answer: as they are, or percent-encoded when `encoding-type=url` asks for it.
 *
 * @throws `OssError` InvalidEncodingType.
 */
export function keyWriter(query: ReadonlyMap<string, string>): {
  encodingType: string | undefined
  write: (key: string) => string
} {
  const encodingType = query.get('encoding-type')
  if (encodingType === undefined || encodingType === '') return { encodingType: undefined, write: (key) => key }
  if (encodingType !== 'url') throw new OssError('InvalidEncodingType', { elements: { EncodingType: encodingType } })
  return { encodingType, write: (key) => percentEncode(key).replaceAll('%2F', '/') }
}
