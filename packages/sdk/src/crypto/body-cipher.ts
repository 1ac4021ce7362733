/** Encrypts a body piece by piece. */
export interface Encryptor {
  /** The ciphertext that `plaintext` leads to; for block modes it may lag behind by part of a block. */
  readonly update: (plaintext: Uint8Array) => Uint8Array
  /** Ends the body: the last bytes of ciphertext, and the tag (empty where the suite has none). */
  readonly finish: () => { readonly rest: Uint8Array; readonly authTag: Uint8Array }
}

/** Decrypts a body piece by piece. What `update` gives is unverified until `finish` has returned. */
export interface Decryptor {
  readonly update: (ciphertext: Uint8Array) => Uint8Array
  /**
   * Checks the tag, or the padding.
   *
   * @throws {@link IntegrityError} when it is wrong; everything that `update` gave must then be thrown away.
   */
  readonly finish: (authTag: Uint8Array) => Uint8Array
}

/** The cipher itself, on one block of 16 bytes. Holds a key, until it is let go. */
export type BlockCipher = (block: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>
