import type { DataKeyRequest, ReadMessage } from './data-key-provider.js'
import type { EncryptedDataKey } from '../message/header.js'

/** Wraps data keys that exist already under CMKs of its own: what a rewrap needs of the provider of the new CMKs. */
export interface DataKeyRewrapper {
  /** The CMKs that data keys come under; undefined where no list says which. */
  readonly cmkArns?: readonly string[] | undefined

  /**
   * Wraps a data key under each of the CMKs.
   *
   * @param request `dataKey` stays the caller's, who zeroes it. `message` is what it was opened for, where it is that of a message.
   * @throws KeyError, ServiceError; the signal's reason when it is aborted.
   */
  wrapDataKey(
    request: DataKeyRequest & { readonly dataKey: Uint8Array; readonly message?: ReadMessage | undefined },
  ): Promise<readonly EncryptedDataKey[]>

  /**
   * Wraps a wrapped data key under each of the CMKs instead, without its plaintext leaving KMS.
   *
   * @param request `encryptedDataKey` is under a CMK that the caller trusts.
   * @returns null when KMS cannot do that for all of the CMKs: another region, or a KMS instance, is part of it.
   * @throws KeyError, ServiceError; the signal's reason when it is aborted.
   */
  rewrapDataKey(
    request: DataKeyRequest & { readonly encryptedDataKey: EncryptedDataKey },
  ): Promise<readonly EncryptedDataKey[] | null>

  /** The same with other CMKs. */
  withCmks?(cmkArns: string | readonly string[]): DataKeyRewrapper
}
