import { join } from 'node:path'
import { makePrivateFolder } from '../state/private-file.js'
import { RecordStore } from '../state/record-store.js'
import type { KeyName } from './key-name.js'
import { type KeyRecord, keyArn } from './key-record.js'
import { KmsError } from './kms-error.js'

/** A second name of a key. */
export interface AliasRecord {
  readonly region: string
  /** With its `alias/`. */
  readonly name: string
  readonly keyId: string
}

/** The keys and aliases of every region. */
export class KeyStore {
  readonly #keys: RecordStore<KeyRecord>
  readonly #aliases: RecordStore<AliasRecord>
  readonly #keyOfVersion = new Map<string, string>()

  constructor(folder: string) {
    makePrivateFolder(folder)
    this.#keys = new RecordStore(join(folder, 'keys'), ({ id }) => id)
    this.#aliases = new RecordStore(join(folder, 'aliases'), ({ region, name }) => `${region} ${name}`)
    for (const key of this.#keys.values()) this.#index(key)
    for (const alias of this.#aliases.values()) if (this.#keys.get(alias.keyId) === undefined) this.deleteAlias(alias)
  }

  put(key: KeyRecord): void {
    this.#keys.put(key)
    this.#index(key)
  }

  /** The keys of a region, oldest first. */
  list(region: string): KeyRecord[] {
    const keys = this.#keys.values().filter((key) => key.region === region)
    return keys.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  /** @throws {KmsError} `Forbidden.KeyNotFound`, `Forbidden.AliasNotFound` */
  find(region: string, name: KeyName): KeyRecord {
    if (name.region !== undefined && name.region !== region) throw new KmsError('Forbidden.KeyNotFound')
    const key = this.#keys.get(name.kind === 'id' ? name.name : this.findAlias(region, name.name).keyId)
    if (key?.region !== region) throw new KmsError('Forbidden.KeyNotFound')
    if (name.accountId !== undefined && name.accountId !== key.accountId) throw new KmsError('Forbidden.KeyNotFound')
    return key
  }

  /** The key that has a version; every version is in one key alone. */
  findByVersion(versionId: string): KeyRecord | undefined {
    return this.#keys.get(this.#keyOfVersion.get(versionId) ?? '')
  }

  findByArn(arn: string): KeyRecord | undefined {
    const key = this.#keys.get(arn.slice(arn.lastIndexOf('/') + 1))
    return key !== undefined && keyArn(key) === arn ? key : undefined
  }

  /** @throws {KmsError} `Forbidden.AliasNotFound` */
  findAlias(region: string, name: string): AliasRecord {
    const alias = this.#aliases.get(`${region} ${name}`)
    if (alias === undefined) throw new KmsError('Forbidden.AliasNotFound')
    return alias
  }

  /** @throws {KmsError} `AliasAlreadyExists` */
  createAlias(alias: AliasRecord): void {
    if (this.#aliases.get(`${alias.region} ${alias.name}`) !== undefined) throw new KmsError('AliasAlreadyExists')
    this.#aliases.put(alias)
  }

  /** Stores an alias in the place of what it was. */
  putAlias(alias: AliasRecord): void {
    this.#aliases.put(alias)
  }

  deleteAlias(alias: AliasRecord): void {
    this.#aliases.delete(`${alias.region} ${alias.name}`)
  }

  /** The aliases of a region, by name. */
  listAliases(region: string): AliasRecord[] {
    const aliases = this.#aliases.values().filter((alias) => alias.region === region)
    return aliases.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Removes the keys whose time has come, with their aliases: for good, as the service does. */
  deleteDue(now: number): void {
    for (const key of this.#keys.values()) {
      if (key.state !== 'PendingDeletion' || key.deleteAt === undefined || key.deleteAt > now) continue
      for (const alias of this.#aliases.values()) if (alias.keyId === key.id) this.deleteAlias(alias)
      for (const { id } of key.versions) this.#keyOfVersion.delete(id)
      this.#keys.delete(key.id)
    }
  }

  #index(key: KeyRecord): void {
    for (const { id } of key.versions) this.#keyOfVersion.set(id, key.id)
  }
}
