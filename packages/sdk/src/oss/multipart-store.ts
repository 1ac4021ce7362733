import type { StoreAnswer, StoreRequestOptions, UploadBody } from './object-store.js'

/** A part that a store holds. */
export interface StoredPart {
  /** 1 to 10000. */
  readonly number: number
  readonly etag: string
}

/** An upload that was begun, and neither completed nor aborted. */
export interface PendingUpload {
  readonly name: string
  readonly uploadId: string
  readonly initiated: Date | undefined
}

/** Uploads in parts. Failures and retries are as with the ObjectStore that this belongs to. */
export interface MultipartStore {
  /** Begins an upload. The object's metadata is given here. */
  initiate(name: string, options: StoreRequestOptions & { readonly mime?: string | undefined }): Promise<string>

  /** Stores one part; an earlier one of the same number is replaced. */
  uploadPart(
    name: string,
    uploadId: string,
    number: number,
    body: UploadBody & { readonly length: number },
    options: StoreRequestOptions,
  ): Promise<StoreAnswer>

  /** Makes the object of its parts. */
  complete(
    name: string,
    uploadId: string,
    parts: readonly StoredPart[],
    options: StoreRequestOptions,
  ): Promise<StoreAnswer>

  /** Ends an upload and frees its parts; one that is not there is no failure. */
  abort(name: string, uploadId: string, options: StoreRequestOptions): Promise<void>

  /** The uploads under way of objects whose names start with `prefix`. */
  listUploads(prefix: string, options: StoreRequestOptions): Promise<PendingUpload[]>
}
