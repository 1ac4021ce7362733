import { versionIdOf } from './ciphertext-blob.js'
import type { KeyName } from './key-name.js'
import { type KeyRecord, type KeyVersion, findVersion, keyStateOf } from './key-record.js'
import { type KeyUsage, keySpecRow } from './key-spec.js'
import { KmsError, invalidParameter } from './kms-error.js'
import type { OperationContext } from './operation.js'

/**
 * Finds the key that a request names, in whatever state it is.
 *
 * @throws {KmsError} `Forbidden.KeyNotFound`, `Forbidden.AliasNotFound`, `Forbidden.NoPermission`
 */
export function findKey(context: OperationContext, name: KeyName): KeyRecord {
  return checkReach(context, context.keys.find(context.region, name))
}

/**
 * Finds a symmetric key for encryption.
 *
 * @throws {KmsError} as {@link findKey}; also `Rejected.Disabled`, `Rejected.PendingDeletion`, `Rejected.Unavailable`,
 *   `UnsupportedOperation`
 */
export function findSymmetricKey(context: OperationContext, name: KeyName): KeyRecord {
  const key = findKey(context, name)
  checkEnabled(context, key)
  if (keySpecRow(key.spec).kind !== 'symmetric') throw new KmsError('UnsupportedOperation')
  return key
}

/**
 * Finds a version of an asymmetric key for a use of it.
 *
 * @throws {KmsError} as {@link findSymmetricKey}; also `Forbidden.KeyVersionNotFound`
 */
export function findAsymmetricVersion(
  context: OperationContext,
  name: KeyName,
  versionId: string,
  usage: KeyUsage,
): { key: KeyRecord; version: KeyVersion } {
  const key = findKey(context, name)
  checkEnabled(context, key)
  if (keySpecRow(key.spec).kind === 'symmetric' || key.usage !== usage) throw new KmsError('UnsupportedOperation')
  return { key, version: findKeyVersion(key, versionId) }
}

/** @throws {KmsError} `Forbidden.KeyVersionNotFound` */
export function findKeyVersion(key: KeyRecord, versionId: string): KeyVersion {
  const version = findVersion(key, versionId)
  if (version === undefined) throw new KmsError('Forbidden.KeyVersionNotFound')
  return version
}

/**
 * Finds the key, and its version, that a blob was made with.
 *
 * @throws {KmsError} `InvalidParameter` when the bytes are no blob; otherwise as {@link findSymmetricKey}
 */
export function findKeyOfBlob(context: OperationContext, blob: Buffer): { key: KeyRecord; version: KeyVersion } {
  const versionId = versionIdOf(blob)
  if (versionId === undefined) throw invalidParameter('CiphertextBlob')
  const found = context.keys.findByVersion(versionId)
  const version = found === undefined ? undefined : findVersion(found, versionId)
  if (found?.region !== context.region || version === undefined) throw new KmsError('Forbidden.KeyNotFound')
  const key = checkReach(context, found)
  checkEnabled(context, key)
  if (keySpecRow(key.spec).kind !== 'symmetric') throw new KmsError('UnsupportedOperation')
  return { key, version }
}

/** A gateway of an instance serves the keys of that instance alone. */
function checkReach(context: OperationContext, key: KeyRecord): KeyRecord {
  if (context.gateway !== undefined && key.instanceId !== context.gateway) throw new KmsError('Forbidden.KeyNotFound')
  context.permissions.checkKey(key)
  return key
}

function checkEnabled(context: OperationContext, key: KeyRecord): void {
  const state = keyStateOf(key, context.instanceIds)
  if (state !== 'Enabled') throw new KmsError(`Rejected.${state}`)
}
