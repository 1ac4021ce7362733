import { SEQUENTIAL_LENGTH } from '#body-cipher'
import type { AlgorithmSuite } from '../../crypto/algorithm.js'

/**
 * Whether a body is made and read in parts, in any order; others from the first byte to the last.
 *
 * @param length Of the body; undefined where it is not known.
 */
export function isMadeInParts({ cipher, mode }: AlgorithmSuite, length: number | undefined): boolean {
  return cipher === 'AES' && mode === 'GCM' && (length ?? Infinity) > SEQUENTIAL_LENGTH
}
