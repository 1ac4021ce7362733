/** What every request to a store takes. */
export interface StoreRequestOptions {
  /**
   * Sent as they are, beside what the request itself needs. Every character of a value stands for one byte, as in the answers that Node gives:
   * UTF-8 is sent as it was received.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A version of the object, in a bucket with versioning. */
  readonly versionId?: string | undefined
  /** Ends the request at once, and the body of its answer: a body that nobody reads is closed by it. */
  readonly signal?: AbortSignal | undefined
  /** How long a request may stand still before it is given up, in milliseconds; 0 or Infinity: for ever. Bodies that come are watched by who reads them. */
  readonly idleTimeoutMs?: number | undefined
}

/** An answer without its body. Header names are in lower case; every character of a value stands for one byte. */
export interface StoreAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** What came of the callback that `x-oss-callback` asks OSS for. The object is stored, whatever it is. */
export interface CallbackAnswer {
  /** Whether the callback's server answered as OSS wants it. */
  readonly succeeded: boolean
  /** 200, or 203 when the callback failed. */
  readonly status: number
  /** What the callback's server answered, as OSS hands it on; when it failed, what OSS says of that. */
  readonly body: string
}

/** The answer to an upload. */
export interface StoredAnswer extends StoreAnswer {
  readonly url?: string | undefined
  readonly callback?: CallbackAnswer | undefined
}

/** Bytes to upload. */
export interface UploadBody {
  /** How many, where that is known before they are read. */
  readonly length: number | undefined
  /** Whether they can be read again for another attempt. */
  readonly rereadable: boolean
  /** The bytes where they are in memory anyway. */
  readonly bytes?: Uint8Array | undefined
  /** The bytes from the start. Whoever reads them may end early, by `return`. */
  open(): AsyncIterable<Uint8Array>
}

/** Where in an object bytes are: both ends belong to it. No `end`: to the object's end. A negative `start`: that many last bytes. */
export interface ByteRange {
  readonly start: number
  readonly end?: number | undefined
}

/**
 * An object store, as far as the encrypting client needs one. It sees ciphertext only. Every failure is a ServiceError whose `retryable` says
 * whether the request may be sent again; implementations do not retry. An aborted signal rejects with its reason.
 */
export interface ObjectStore {
  /** The bucket's name, where the store knows it: what is written down for a later call is compared with it. */
  readonly bucket?: string | undefined

  /** Uploads in parts, where the store can. Without it, objects are sent in one request. */
  readonly multipart?: MultipartStore | undefined

  /** Changes of metadata, where the store can. Without it, objects are not rewrapped. */
  readonly metadata?: MetadataStore | undefined

  /** Stores an object. `options.headers` holds its user metadata too, as `x-oss-meta-*`. */
  put(
    name: string,
    body: UploadBody,
    options: StoreRequestOptions & { readonly mime?: string | undefined },
  ): Promise<StoredAnswer>

  /**
   * Opens an object's bytes, whole or from a range (with `x-oss-range-behavior: standard`). The caller reads the body to its end, leaves it early,
   * or aborts the signal; each of them frees the connection. Errors of the body are the platform's own.
   */
  get(
    name: string,
    options: StoreRequestOptions & { readonly range?: ByteRange | undefined },
  ): Promise<StoreAnswer & { readonly body: AsyncIterable<Uint8Array> }>

  /** An object's headers. */
  head(name: string, options: StoreRequestOptions): Promise<StoreAnswer>

  /** Deletes an object; one that is not there is no failure. */
  delete(name: string, options: StoreRequestOptions): Promise<StoreAnswer>

  /**
   * Copies an object inside the store; `versionId` names the version that is copied. Its metadata comes with it, unless `options.headers` holds
   * all that the copy is to have, and `x-oss-metadata-directive: REPLACE`.
   */
  copy(name: string, sourceName: string, options: StoreRequestOptions): Promise<StoreAnswer>
}

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
  ): Promise<StoredAnswer>

  /** Ends an upload and frees its parts; one that is not there is no failure. */
  abort(name: string, uploadId: string, options: StoreRequestOptions): Promise<void>

  /** The uploads under way of objects whose names start with `prefix`. */
  listUploads(prefix: string, options: StoreRequestOptions): Promise<PendingUpload[]>
}

/** Changes of objects' metadata, their bytes staying where they are. Failures and retries are as with the ObjectStore that this belongs to. */
export interface MetadataStore {
  /** The object's own ACL, such as `private`; `default` where it has none. */
  acl(name: string, options: StoreRequestOptions): Promise<string>

  /** The object's tags. Without it, a copy that is encrypted anew has none. */
  tags?(name: string, options: StoreRequestOptions): Promise<Readonly<Record<string, string>>>

  /**
   * Gives an object other headers, all of which are in `options.headers`, user metadata as `x-oss-meta-*`; its tags stay, unless there are others in
   * `x-oss-tagging`.
   *
   * @param options `ifMatch` is the ETag that the object must have, `ifUnmodifiedSince` the time (as in Last-Modified) after which nobody may
   *   have changed it.
   */
  replace(
    name: string,
    options: StoreRequestOptions & { readonly ifMatch: string; readonly ifUnmodifiedSince?: string | undefined },
  ): Promise<StoreAnswer>
}
