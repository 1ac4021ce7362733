/**
 * What no public source tells of OSS, and clients may depend on. Each has the value that is thought likelier; a test can turn it round,
 * to see that its client works either way.
 */
export interface OssGuesses {
  /** A copy that replaces the metadata and has no Content-Type keeps the type of its source. */
  readonly copyKeepsContentType: boolean
  /** The answers of CopyObject and UploadPartCopy tell the CRC-64. */
  readonly copyTellsCrc64: boolean
  /** The answer of PutObject tells of the encryption that the bucket's setting gave the object. */
  readonly putTellsDefaultEncryption: boolean
  /** A listing with a name that XML 1.0 cannot hold is percent-encoded though that was not asked for. */
  readonly listingEncodesUnasked: boolean
}

export const LIKELIER: OssGuesses = {
  copyKeepsContentType: true,
  copyTellsCrc64: false,
  putTellsDefaultEncryption: true,
  listingEncodesUnasked: true,
}
