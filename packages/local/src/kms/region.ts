import { versionIdOf } from './ciphertext-blob.js'
import { isRegion, readKeyName } from './key-name.js'
import type { KeyStore } from './key-store.js'
import { invalidParameter } from './kms-error.js'
import { readSecretName } from './secret-store.js'

/**
 * Tells which region a request is for. One listener stands for the KMS of every region, so the region has to be read off
 * the request. The first of these that says one counts:
 *
 * 1. the header Host, when it is a name of the service: `kms.<region>.aliyuncs.com`, `kms-vpc.<region>.aliyuncs.com`;
 * 2. the parameter RegionId, which some clients send;
 * 3. the ARN in KeyId, DestinationKeyId, EncryptionKeyId or SecretName;
 * 4. the key that the CiphertextBlob was made with;
 * 5. the default region of the cloud.
 *
 * Keys of other regions are then out of reach, as they are at the real service. (ReEncrypt therefore stays in one region.)
 *
 * @throws {KmsError} `InvalidParameter` for a RegionId that can be no region.
 */
export function regionOf(
  host: string | undefined,
  parameters: ReadonlyMap<string, string>,
  keys: KeyStore,
  defaultRegion: string,
): string {
  const inHost = /^kms(?:-vpc)?\.([a-z0-9-]{2,32})\.aliyuncs\.com(?::\d+)?$/i.exec(host ?? '')?.[1]
  if (inHost !== undefined) return inHost.toLowerCase()
  const named = parameters.get('RegionId') ?? ''
  if (named !== '' && !isRegion(named)) throw invalidParameter('RegionId')
  if (named !== '') return named
  for (const parameter of ['KeyId', 'DestinationKeyId', 'EncryptionKeyId']) {
    const inArn = readKeyName(parameters.get(parameter) ?? '')?.region
    if (inArn !== undefined) return inArn
  }
  const ofSecret = readSecretName(parameters.get('SecretName') ?? '')?.region
  if (ofSecret !== undefined) return ofSecret
  const blob = parameters.get('CiphertextBlob')
  const versionId = blob === undefined ? undefined : versionIdOf(Buffer.from(blob, 'base64'))
  return (versionId === undefined ? undefined : keys.findByVersion(versionId)?.region) ?? defaultRegion
}
