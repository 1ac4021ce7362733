/** The most that a message may hold, for whoever writes and for whoever reads: nothing is written that is not read. */
export const limits = {
  /** Wrapped data keys, unless a reader takes more or fewer (`maxEncryptedDataKeys`). */
  encryptedDataKeys: 32,
  /** Bytes of a CMK's ARN: far more than any has. */
  arnLength: 512,
  /** Bytes of a wrapped data key: far more than KMS makes of one. */
  blobLength: 12288,
  /** Bytes of an encoded context that is written: what the vendor's Java SDK writes and reads. */
  writtenContextLength: 32767,
  /** Bytes of an encoded context that is read: the vendor's Python SDK writes longer ones. */
  readContextLength: 65536,
  /** Characters of JSON that KMS takes as a context, when data is written and when it is read. */
  kmsContextLength: 8192,
} as const
