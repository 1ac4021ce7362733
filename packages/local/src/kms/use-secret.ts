import { openBlob, sealBlob } from './ciphertext-blob.js'
import { type KeyRecord, primaryVersion } from './key-record.js'
import { KmsError } from './kms-error.js'
import type { OperationContext } from './operation.js'
import type { SecretRecord, SecretVersion } from './secret-record.js'
import type { SecretName } from './secret-store.js'
import { findKeyOfBlob } from './use-key.js'

/** The longest value of a secret, in bytes. */
const maxDataLength = 30_720

/** Reads the parameter SecretData. The service takes any text; one that stands for bytes is base64 by agreement. */
export function readSecretData(text: string): string | undefined {
  return Buffer.byteLength(text) <= maxDataLength ? text : undefined
}

/** Reads a version's id: 1 to 64 characters. */
export function readVersionId(text: string): string | undefined {
  return text.length <= 64 ? text : undefined
}

/**
 * Finds a secret that is not about to be deleted.
 *
 * @throws {KmsError} `Forbidden.ResourceNotFound`, `Rejected.ResourceInDeleteWindow`
 */
export function findLivingSecret(context: OperationContext, name: SecretName): SecretRecord {
  const secret = findSecret(context, name)
  if (secret.deleteAt !== undefined) throw new KmsError('Rejected.ResourceInDeleteWindow')
  return secret
}

/** @throws {KmsError} `Forbidden.ResourceNotFound` */
export function findSecret(context: OperationContext, name: SecretName): SecretRecord {
  const secret = context.secrets.find(context.region, name)
  if (context.gateway !== undefined && secret.instanceId !== context.gateway)
    throw new KmsError('Forbidden.ResourceNotFound')
  return secret
}

/** Encrypts a value for a version of a secret. */
export function sealSecret(key: KeyRecord, secretName: string, versionId: string, data: string): string {
  return sealBlob(primaryVersion(key), Buffer.from(data), bindingOf(secretName, versionId))
}

/** @throws {KmsError} what the use of the key throws: the key may be disabled, or denied. */
export function openSecret(context: OperationContext, secret: SecretRecord, version: SecretVersion): string {
  const blob = Buffer.from(version.sealedData, 'base64')
  const key = findKeyOfBlob(context, blob)
  return openBlob(key.version, blob, bindingOf(secret.name, version.id)).toString('utf8')
}

function bindingOf(secretName: string, versionId: string): Map<string, string> {
  return new Map([
    ['SecretName', secretName],
    ['VersionId', versionId],
  ])
}
