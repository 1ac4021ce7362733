/** Encrypts a body piece by piece. The next is given when what came of the one before has come. */
export interface Encryptor {
  /** The ciphertext that `plaintext` leads to; it may lag behind by part of a block. */
  readonly update: (plaintext: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /** Ends the body: the last bytes of ciphertext, and the tag (empty where the suite has none). */
  readonly finish: () => BodyEnd | Promise<BodyEnd>
}

/** What a body ends with. */
export interface BodyEnd {
  readonly rest: Uint8Array
  readonly authTag: Uint8Array
}

/** Decrypts a body piece by piece. What `update` gives is unverified until `finish` has returned. */
export interface Decryptor {
  readonly update: (ciphertext: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /**
   * Checks the tag, or the padding.
   *
   * @throws {@link IntegrityError} when it is wrong; everything that `update` gave must then be thrown away.
   */
  readonly finish: (authTag: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

/** An {@link Encryptor} that works on the calling thread. */
export interface SyncEncryptor extends Encryptor {
  readonly update: (plaintext: Uint8Array) => Uint8Array
  readonly finish: () => BodyEnd
}

/** A {@link Decryptor} that works on the calling thread. */
export interface SyncDecryptor extends Decryptor {
  readonly update: (ciphertext: Uint8Array) => Uint8Array
  readonly finish: (authTag: Uint8Array) => Uint8Array
}

/** Encrypts or decrypts a part of a body, piece by piece. */
export interface RangeCipher {
  update(bytes: Uint8Array): Uint8Array
}

/** The cipher itself, on one block of 16 bytes. Holds a key, until it is let go. */
export type BlockCipher = (block: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>
