import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { floeFormat } from './floe/floe-format.js'
import { gcmFormat } from './gcm/gcm-format.js'
import type { ObjectFormat } from './object-format.js'

/** Every format that there is. */
const formats: readonly ObjectFormat[] = [gcmFormat, floeFormat]

/** The format of bodies under an algorithm. */
export function formatOf(algorithm: AlgorithmSuite): ObjectFormat {
  const format = formats.find((each) => each.holds(algorithm))
  if (!format) throw new TypeError(`no format for ${algorithm.name}`)
  return format
}
