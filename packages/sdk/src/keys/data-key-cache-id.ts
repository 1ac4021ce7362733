import { encodeBase64 } from '../bytes/base64.js'
import { encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { encodeContext, type EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'

/** Everything that a data key depends on. */
export interface DataKeyCacheIdFields {
  /** Whose entries they are: a store may be shared by caches that must not see each other's. */
  readonly partition: Uint8Array
  /** The CMKs of the provider that is asked; undefined where it does not name them. */
  readonly cmkArns: readonly string[] | undefined
  readonly algorithm: AlgorithmSuite
  readonly encryptionContext: EncryptionContext
  /** The wrapped keys of the message that is opened; undefined for a new message. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[] | undefined
}

/**
 * What a data key is kept under: the base64 of `partition | CMKs | BE32 algorithm | context | wrapped keys`, each byte string after its BE32
 * length, each list after its BE32 count, each of the two lists after a byte that says whether there is one. Injective, and not a hash: two
 * different requests never share an id. The lists keep their order: the first CMK makes data keys, and the wrapped keys of a header come in
 * one order only.
 *
 * @throws as {@link encodeContext} does; TypeError when an ARN holds a lone surrogate.
 */
export function encodeDataKeyCacheId(fields: DataKeyCacheIdFields): string {
  const { partition, cmkArns, algorithm, encryptionContext, encryptedDataKeys } = fields
  const id = concatBytes(
    encodeBytes(partition),
    encodeList(cmkArns?.map((arn) => encodeText(arn))),
    encodeUint32(algorithm.id),
    encodeBytes(encodeContext(encryptionContext)),
    encodeList(
      encryptedDataKeys?.map(({ keyArn, ciphertextBlob }) =>
        concatBytes(encodeText(keyArn), encodeBytes(ciphertextBlob)),
      ),
    ),
  )
  return encodeBase64(id)
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  return concatBytes(encodeUint32(bytes.length), bytes)
}

function encodeText(text: string): Uint8Array {
  return encodeBytes(encodeUtf8(text))
}

/** A list of elements that tell their own length. */
function encodeList(elements: readonly Uint8Array[] | undefined): Uint8Array {
  if (!elements) return Uint8Array.of(0)
  return concatBytes(Uint8Array.of(1), encodeUint32(elements.length), ...elements)
}
