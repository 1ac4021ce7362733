import type { UnverifiedEnvelope } from './envelope.js'
import { floeFormat } from './floe/floe-format.js'
import { gcmFormat } from './gcm/gcm-format.js'
import { messageBodyFormat } from './message-body/message-body-format.js'
import type { ObjectFormat, WritableFormat } from './object-format.js'
import { ossSdkCtrFormat } from './oss-sdk-ctr/oss-sdk-ctr-format.js'

const formats: readonly WritableFormat[] = [gcmFormat, floeFormat, messageBodyFormat, ossSdkCtrFormat]

/** The format of a body that is opened by an envelope. */
export function formatOf(envelope: UnverifiedEnvelope): ObjectFormat {
  const format = formats.find((each) => each.holds(envelope))
  if (!format) throw new TypeError(`no format for ${envelope.header.algorithm.name}`)
  return format
}

/**
 * The format of a name that a writer gave.
 *
 * @throws TypeError when there is none.
 */
export function writableFormat(name: string): WritableFormat {
  const format = formats.find((each) => each.name === name)
  if (!format) throw new TypeError(`\`format\` is one of ${formats.map((each) => each.name).join(', ')}`)
  return format
}
