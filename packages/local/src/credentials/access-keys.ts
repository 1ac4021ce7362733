import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { AccessKey } from '../http/service.js'
import { randomText } from '../state/random-text.js'
import { RecordStore } from '../state/record-store.js'

/** An access key that is good for a while, with its token. */
export type TemporaryKey<K extends AccessKey> = K & { readonly securityToken: string; readonly expiresMs: number }

/** So long it is remembered that an expired key was one, and not just unknown. */
const rememberedMs = 7 * 24 * 60 * 60_000

/** The access keys that a cloud's services accept: those it was started with, and the temporary ones that were made from them. */
export class AccessKeys<K extends AccessKey> {
  /** The lasting ones come first. */
  readonly #all: K[]
  readonly #temporary: RecordStore<TemporaryKey<K>>

  /** @throws {LocalCloudError} `STATE_UNREADABLE` */
  constructor(folder: string, lasting: readonly K[]) {
    this.#temporary = new RecordStore(join(folder, 'temporary-keys'), ({ accessKeyId }) => accessKeyId)
    this.#all = [...lasting, ...this.#temporary.values()]
  }

  /** All of them, in one array that changes with them. */
  get all(): readonly K[] {
    return this.#all
  }

  /** Makes a temporary key that may do what `issuer` may, and keeps it. */
  makeTemporary(issuer: K, expiresMs: number, now: number): TemporaryKey<K> {
    this.#forgetOld(now)
    const key = {
      ...issuer,
      accessKeyId: `STS.N${randomText(24)}`,
      accessKeySecret: randomText(44),
      // As at the service, it is long and has characters that have to be encoded in a URL.
      securityToken: randomBytes(384).toString('base64'),
      expiresMs,
    }
    this.#temporary.put(key)
    this.#all.push(key)
    return key
  }

  #forgetOld(now: number): void {
    for (const key of this.#temporary.values()) {
      if (key.expiresMs + rememberedMs > now) continue
      this.#temporary.delete(key.accessKeyId)
      const index = this.#all.findIndex(({ accessKeyId }) => accessKeyId === key.accessKeyId)
      if (index >= 0) this.#all.splice(index, 1)
    }
  }
}
