/** The hashes of RSAES-OAEP, each also in MGF1, by the service's names of the algorithms; lengths in bytes. */
export const oaepHashes = {
  RSAES_OAEP_SHA_256: { name: 'sha256', length: 32 },
  RSAES_OAEP_SHA_1: { name: 'sha1', length: 20 },
} as const
