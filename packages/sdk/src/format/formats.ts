import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { floeFormat } from './floe/floe-format.js'
import { gcmFormat } from './gcm/gcm-format.js'
import type { ObjectFormat, WritableFormat } from './object-format.js'
import { ossSdkCtrFormat } from './oss-sdk-ctr/oss-sdk-ctr-format.js'

const written: readonly WritableFormat[] = [gcmFormat, floeFormat, ossSdkCtrFormat]

/** Every format that there is. */
const formats: readonly ObjectFormat[] = written

/** The format of bodies under an algorithm. */
export function formatOf(algorithm: AlgorithmSuite): ObjectFormat {
  return find(formats, algorithm)
}

/** The format that bodies under an algorithm are written in. */
export function writableFormatOf(algorithm: AlgorithmSuite): WritableFormat {
  return find(written, algorithm)
}

/**
 * The format of a name that a writer gave.
 *
 * @throws TypeError when there is none.
 */
export function writableFormat(name: string): WritableFormat {
  const format = written.find((each) => each.name === name)
  if (!format) throw new TypeError(`\`format\` is one of ${written.map((each) => each.name).join(', ')}`)
  return format
}

function find<Format extends ObjectFormat>(among: readonly Format[], algorithm: AlgorithmSuite): Format {
  const format = among.find((each) => each.holds(algorithm))
  if (!format) throw new TypeError(`no format for ${algorithm.name}`)
  return format
}
