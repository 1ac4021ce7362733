import type { LocalCloud } from '../../src/index.js'
import type { KmsTarget } from './call-kms.js'

/** The KMS of a local cloud, as something to be tested. */
export function targetOf(cloud: LocalCloud): KmsTarget {
  return { endpoint: cloud.kms.endpoint.replace('http://', ''), protocol: 'HTTP', credentials: cloud.credentials }
}
