import type { DataKeyProvider, DataKeyRequest, EncryptedDataKey, EncryptionMaterials } from 'osscrypt'

/** Passes everything on to another provider and keeps hold of the data keys that it hands out. */
export class SpyDataKeys implements DataKeyProvider {
  /** The very buffers that were handed out. */
  readonly handedOut: Uint8Array[] = []
  /** Copies of them, made at once. */
  readonly copies: Buffer[] = []
  readonly #inner: DataKeyProvider

  constructor(inner: DataKeyProvider) {
    this.#inner = inner
  }

  async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    const materials = await this.#inner.generateDataKey(request)
    this.#note(materials.dataKey)
    return materials
  }

  async decryptDataKey(
    request: DataKeyRequest & { encryptedDataKeys: readonly EncryptedDataKey[] },
  ): Promise<Uint8Array | null> {
    const dataKey = await this.#inner.decryptDataKey(request)
    if (dataKey) this.#note(dataKey)
    return dataKey
  }

  /** Whether every data key has been zeroed. */
  get zeroed(): boolean {
    return this.handedOut.every((key) => key.every((byte) => byte === 0))
  }

  #note(key: Uint8Array): void {
    this.handedOut.push(key)
    this.copies.push(Buffer.from(key))
  }
}
