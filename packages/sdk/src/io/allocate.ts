import { OsscryptError } from '../errors.js'

/**
 * A buffer of that length, its content undefined.
 *
 * @throws OsscryptError `LimitExceeded` when the system does not give as much.
 */
export function allocate(length: number): Buffer<ArrayBuffer> {
  try {
    return Buffer.allocUnsafeSlow(length)
  } catch {
    throw new OsscryptError('LimitExceeded', 'more than fits in memory: read it into a file, as a stream, or in parts')
  }
}
