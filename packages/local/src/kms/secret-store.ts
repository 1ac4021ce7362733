import { join } from 'node:path'
import { RecordStore } from '../state/record-store.js'
import { KmsError } from './kms-error.js'
import type { SecretRecord } from './secret-record.js'

/** How a request names a secret: by its name, and with the region and account when it gives an ARN. */
export interface SecretName {
  readonly name: string
  readonly region?: string
  readonly accountId?: string
}

/** 1 to 64 letters, digits and `_/+=.@-`. */
export function isSecretName(text: string): boolean {
  return /^[A-Za-z0-9_/+=.@-]{1,64}$/.test(text)
}

/** Reads the parameter SecretName: a name, or `acs:kms:<region>:<account>:secret/<name>`. Undefined for anything else. */
export function readSecretName(text: string): SecretName | undefined {
  if (isSecretName(text)) return { name: text }
  const [, region = '', accountId = '', name = ''] =
    /^acs:kms:([a-z0-9-]{2,32}):([0-9]+):secret\/(.+)$/.exec(text) ?? []
  return isSecretName(name) ? { name, region, accountId } : undefined
}

/** The secrets of every region. */
export class SecretStore {
  readonly #secrets: RecordStore<SecretRecord>

  constructor(folder: string) {
    this.#secrets = new RecordStore(join(folder, 'secrets'), ({ region, name }) => `${region} ${name}`)
  }

  /** @throws {KmsError} `Forbidden.ResourceNotFound` */
  find(region: string, { name, accountId, region: ofArn }: SecretName): SecretRecord {
    const secret = this.#secrets.get(`${region} ${name}`)
    const isMeant = (ofArn ?? region) === region && (accountId ?? secret?.accountId) === secret?.accountId
    if (secret === undefined || !isMeant) throw new KmsError('Forbidden.ResourceNotFound')
    return secret
  }

  /** @throws {KmsError} `Rejected.ResourceExist`, `Rejected.ResourceInDeleteWindow` when the name is taken */
  create(secret: SecretRecord): void {
    this.checkFree(secret.region, secret.name)
    this.#secrets.put(secret)
  }

  /** @throws {KmsError} as {@link create} */
  checkFree(region: string, name: string): void {
    const other = this.#secrets.get(`${region} ${name}`)
    if (other?.deleteAt !== undefined) throw new KmsError('Rejected.ResourceInDeleteWindow')
    if (other !== undefined) throw new KmsError('Rejected.ResourceExist')
  }

  /** Stores a secret in the place of what it was. */
  put(secret: SecretRecord): void {
    this.#secrets.put(secret)
  }

  delete(secret: SecretRecord): void {
    this.#secrets.delete(`${secret.region} ${secret.name}`)
  }

  /** The secrets of a region, by name. */
  list(region: string): SecretRecord[] {
    const secrets = this.#secrets.values().filter((secret) => secret.region === region)
    return secrets.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Removes the secrets whose time has come. */
  deleteDue(now: number): void {
    for (const secret of this.#secrets.values()) {
      if (secret.deleteAt !== undefined && secret.deleteAt <= now) this.delete(secret)
    }
  }
}
