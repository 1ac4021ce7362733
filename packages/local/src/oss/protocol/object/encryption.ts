import { OssError } from '../error/oss-error.js'
import type { ServerSideEncryption } from '../facts.js'
import { invalidHeader } from './invalid-header.js'

const HEADER = 'x-oss-server-side-encryption'
const ALGORITHMS = ['AES256', 'KMS', 'SM4']

/**
 * How an object is to be encrypted by the server, as far as its request says.
 *
 * @throws `OssError` InvalidEncryptionAlgorithmError, InvalidArgument.
 */
export function readEncryption(headers: ReadonlyMap<string, string>): ServerSideEncryption | undefined {
  const algorithm = headers.get(HEADER)
  const keyId = headers.get(`${HEADER}-key-id`)
  const dataAlgorithm = headers.get('x-oss-server-side-data-encryption')
  if (algorithm !== undefined && !ALGORITHMS.includes(algorithm)) {
    throw new OssError('InvalidEncryptionAlgorithmError', {
      elements: { ArgumentName: HEADER, ArgumentValue: algorithm },
    })
  }
  if (keyId !== undefined && algorithm !== 'KMS') throw invalidHeader(`${HEADER}-key-id`, keyId)
  if (dataAlgorithm !== undefined && (algorithm !== 'KMS' || dataAlgorithm !== 'SM4')) {
    throw invalidHeader('x-oss-server-side-data-encryption', dataAlgorithm)
  }
  return algorithm === undefined ? undefined : encryptionOf(algorithm, keyId, dataAlgorithm)
}

/** What is left out stays out. */
export function encryptionOf(algorithm: string, keyId?: string, dataAlgorithm?: string): ServerSideEncryption {
  return {
    algorithm,
    ...(keyId !== undefined && { keyId }),
    ...(dataAlgorithm !== undefined && { dataAlgorithm }),
  }
}

/** The headers that tell of it. */
export function encryptionHeaders(encryption: ServerSideEncryption | undefined): Record<string, string | undefined> {
  if (encryption === undefined) return {}
  return {
    [HEADER]: encryption.algorithm,
    [`${HEADER}-key-id`]: encryption.keyId,
    'x-oss-server-side-data-encryption': encryption.dataAlgorithm,
  }
}
