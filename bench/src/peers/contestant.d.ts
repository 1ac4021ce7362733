/** Takes what comes out of a stream, chunk by chunk; a chunk is valid during the call only. */
export type Sink = (chunk: Uint8Array) => void

/** Something that encrypts and decrypts under a key of its own. */
export interface Contestant {
  readonly name: string
  encryptBytes(plaintext: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** Rejects or throws when the ciphertext was changed. */
  decryptBytes(ciphertext: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** Resolves, when all is written to the sink, with what is not part of the stream and is needed for its decryption. */
  encryptStream(source: AsyncIterable<Uint8Array>, sink: Sink): Promise<unknown>
  /** Rejects when the ciphertext was changed, with some contestants after the sink got plaintext. */
  decryptStream(source: AsyncIterable<Uint8Array>, sink: Sink, beside: unknown): Promise<void>
}
