import type { AccessKey } from '../http/service.js'
import { type KeyRecord, keyArn } from './key-record.js'
import { KmsError } from './kms-error.js'

/** An access key, and what its holder may do in KMS. */
export interface KmsAccessKey extends AccessKey {
  /** The KMS operations that it may call; all of them when left out. */
  readonly kmsOperations?: readonly string[]
}

/** Who may do what: a small stand-in for RAM policies. */
export class Permissions {
  readonly #deniedKeys = new Set<string>()

  /** Denies everyone every use of a key. */
  denyKey(arn: string): void {
    this.#deniedKeys.add(arn)
  }

  /** Takes a {@link denyKey} back. */
  permitKey(arn: string): void {
    this.#deniedKeys.delete(arn)
  }

  /** @throws {KmsError} `Forbidden.NoPermission` */
  checkOperation(accessKey: KmsAccessKey, operation: string): void {
    if (accessKey.kmsOperations?.includes(operation) === false) throw new KmsError('Forbidden.NoPermission')
  }

  /** @throws {KmsError} `Forbidden.NoPermission` */
  checkKey(key: KeyRecord): void {
    if (this.#deniedKeys.has(keyArn(key))) throw new KmsError('Forbidden.NoPermission')
  }
}
