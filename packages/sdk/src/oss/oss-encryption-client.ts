import { callOf, getInto, isTarget, type GetFileOptions, type GetTarget } from '#get-target'
import type { Content } from '#output'
import type { PutSource } from '#source'
import { retrying } from '../retry/retry.js'
import type { CopyOptions, CopyResult } from './copy-object.js'
import { explainIntegrity } from './explain-integrity.js'
import { clientParts, type OssEncryptionClientOptions } from './client-options.js'
import { areOptions, takeOptions } from './call-options.js'
import { getBuffer, type GetBufferOptions } from './get-buffer.js'
import type { GetRangeOptions, RangeResult } from './get-range.js'
import type { GetRangesOptions } from './get-ranges.js'
import type { GetStreamOptions, StreamResult } from './get-stream.js'
import type { GetOptions } from './get-whole.js'
import type { ReadableFileHandle } from '../source/file-handle.js'
import type { BrowserFile } from '../target/browser-file.js'
import type { PartOptions } from '../transfer/download-plan.js'
import type { HeadOptions, HeadResult, UnverifiedHeadResult } from './head-object.js'
import type {
  ByteRange,
  MultipartStore,
  PendingUpload,
  StoreAnswer,
  StoreRequestOptions,
} from '../store/object-store.js'
import { storeOptions, type ObjectInfo, type ReadOptions } from './open-object.js'
import { putObject, type PutOptions, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'
import type { RandomAccessObject } from './random-access.js'
import type { UpgradeOptions, UpgradeResult } from './upgrade-object.js'
import type { RewrapOptions, RewrapResult } from './rewrap-object.js'

/**
 * Reads and writes encrypted objects through an `ali-oss` client. Everything is encrypted before it leaves the machine; whole reads hand out
 * verified plaintext only, unless an option allows formats or algorithms in which nothing can be verified. Names of objects lose leading slashes, as in ali-oss. One instance may serve any number of concurrent calls. The
 * caller's options, buffers and client are never changed.
 *
 * What neither `put` nor `get` needs is loaded when it is called: bundlers keep it in files of its own.
 *
 * Every method rejects with: ServiceError (KMS or OSS; what may be retried has been), KeyError, `TypeError` or `RangeError` for misuse, the
 * signal's reason when it is aborted. Those that read: NotEncryptedError, FormatError, IntegrityError, OsscryptError (`ContextMismatch`,
 * `BindingMismatch`, `BindingMissing`, `NotAllowed`, `LimitExceeded`). Those that write: OsscryptError (`LimitExceeded`, `SourceChanged`).
 */
export class OssEncryptionClient {
  readonly #parts: PutParts

  constructor(options: OssEncryptionClientOptions) {
    this.#parts = clientParts(options)
  }

  /**
   * Encrypts and stores an object: bytes, a file, a Blob, the body of a Response, or a stream ({@link PutSource}); in a browser also a file by its handle. In the `gcm` format a large file or buffer is read twice and must not
   * change meanwhile, and a stream is spooled as ciphertext, beyond `memoryLimit` to a temporary file; in the `floe` format everything is sent
   * in one pass. Long objects are sent in parts, several at a time; nothing can be seen of them before they are whole.
   */
  async put(name: string, source: PutSource | ReadableFileHandle, options: PutOptions = {}): Promise<PutResult> {
    const own = takeOptions('put', options)
    return putObject(this.#parts, objectName(name), source as PutSource, own)
  }

  /** Reads a whole object into memory. All of `content` is verified, where the result does not say `verified: false` (`allowLegacyFormats`, `allowUnauthenticatedAlgorithms`). */
  get(name: string, options?: GetBufferOptions): Promise<ObjectInfo & { readonly content: Content }>
  /**
   * Reads a whole object into the file at `path`: written beside it and renamed into place once it is verified. A large object is fetched in
   * several parts at a time; with a `checkpoint`, a download that ended early is gone on with.
   *
   * @throws also OsscryptError `CheckpointMismatch`, when the checkpoint is of another download.
   */
  get(name: string, path: string | URL, options?: GetFileOptions): Promise<ObjectInfo>
  /**
   * Reads a whole object into a stream or an open file, as {@link getStream}: verified bytes only. A stream is ended; it is left alone when nothing
   * can be read, and destroyed with the error when that comes later. An open file is written from where it stands, and stays open.
   */
  get(name: string, target: GetTarget, options?: GetOptions): Promise<ObjectInfo>
  /**
   * In a browser: reads a whole object into a file by its handle (`showSaveFilePicker`), or by its name in a directory (`showDirectoryPicker`, the origin's
   * own file system). The file gets its content when all of it is verified; until then, and after a failure, it is what it was, and one that was made in a
   * directory for this is taken away. A large object is fetched in several parts at a time.
   *
   * @throws also what the browser says of the file: a DOMException, such as `NotAllowedError` or `QuotaExceededError`.
   */
  get(name: string, file: BrowserFile, options?: GetOptions & PartOptions): Promise<ObjectInfo>
  async get(
    name: string,
    targetOrOptions: GetTarget | BrowserFile | string | URL | GetBufferOptions = {},
    options: GetFileOptions = {},
  ): Promise<ObjectInfo> {
    return this.#reading<ObjectInfo>(name, async (parts, key) => {
      if (isTarget(targetOrOptions)) {
        const own = takeOptions(callOf(targetOrOptions), options)
        return getInto(parts, key, targetOrOptions, own)
      }
      if (!areOptions(targetOrOptions)) {
        throw new TypeError(
          'an object is read into a path, the URL of a file, a Writable or a FileHandle; in a browser into a WritableStream or a file by its handle',
        )
      }
      const own = takeOptions('get', targetOrOptions)
      return getBuffer(parts, key, own)
    })
  }

  /**
   * Reads a whole object as a stream of verified bytes, which is to be read or destroyed. All of a `gcm` object has been taken in and verified
   * when this resolves; it is held as ciphertext, beyond `memoryLimit` in a temporary file, or, with `fetchTwice`, fetched again. A `floe` object is verified segment by segment: that
   * it is whole is known when the stream has ended.
   */
  async getStream(name: string, options: GetStreamOptions = {}): Promise<StreamResult> {
    const own = takeOptions('getStream', options)
    return this.#reading(name, async (parts, key) => {
      const { getStream } = await import('./get-stream.js')
      return getStream(parts, key, own)
    })
  }

  /** Verifies a whole object, and keeps nothing of it: no memory beyond some segments, and no temporary files. */
  async verify(name: string, options: GetOptions = {}): Promise<ObjectInfo> {
    const own = takeOptions('verify', options)
    return this.#reading(name, async (parts, key) => {
      const { verifyObject } = await import('./verify-object.js')
      return verifyObject(parts, key, own)
    })
  }

  /**
   * Reads a part of an object: `{ start, end }`, both included; `{ start }` to the end; `{ start: -n }` for the last n bytes. A part of a `floe`
   * object is verified, and comes with one request, or two when no part of it was read before. Of a `gcm` object the envelope is verified and the
   * bytes are not: that needs `allowUnverifiedRange`.
   */
  async getRange(name: string, range: ByteRange, options: GetRangeOptions = {}): Promise<RangeResult> {
    const own = takeOptions('getRange', options)
    const wanted = copyRange(range)
    return this.#reading(name, async (parts, key) => {
      const { getRange } = await import('./get-range.js')
      return getRange(parts, key, wanted, own)
    })
  }

  /**
   * Reads several parts of a `floe` object, verified: one request each and one more, some of them at a time, and KMS is asked once.
   *
   * @returns the parts in the order of `ranges`, which are as with {@link getRange}.
   */
  async getRanges(
    name: string,
    ranges: readonly ByteRange[],
    options: GetRangesOptions = {},
  ): Promise<Pick<RangeResult, 'content' | 'range'>[]> {
    const own = takeOptions('getRanges', options)
    const wanted = Array.isArray(ranges) ? ranges.map(copyRange) : ranges
    return this.#reading(name, async (parts, key) => {
      const { getRanges } = await import('./get-ranges.js')
      return getRanges(parts, key, wanted, own)
    })
  }

  /** Opens a `floe` object to read any parts of it, as streams too, without asking KMS again. To be closed. */
  async openRandomAccess(name: string, options: ReadOptions = {}): Promise<RandomAccessObject> {
    const own = takeOptions('openRandomAccess', options)
    return this.#reading(name, async (parts, key) => {
      const { openRandomAccess } = await import('./random-access.js')
      return openRandomAccess(parts, key, own)
    })
  }

  /**
   * With `verifyLength`: envelope and length of a `floe` object, verified. Two requests, and KMS is asked.
   *
   * @throws also OsscryptError `NotAllowed` for other objects, whose length is authenticated by reading all of them only.
   */
  head(name: string, options: HeadOptions & { readonly verifyLength: true }): Promise<HeadResult>
  /**
   * What OSS says of an object, without asking KMS. **Nothing of it is verified**; `TypeError` for options that would need it. One request; one more
   * for a `floe` object of which no part was read before, and for one without an envelope beside it, whose body may begin with one.
   */
  head(
    name: string,
    options?: HeadOptions & { readonly verifyLength?: false | undefined },
  ): Promise<UnverifiedHeadResult>
  head(name: string, options?: HeadOptions): Promise<HeadResult | UnverifiedHeadResult>
  async head(name: string, options: HeadOptions = {}): Promise<HeadResult | UnverifiedHeadResult> {
    const own = takeOptions('head', options)
    return this.#reading<HeadResult | UnverifiedHeadResult>(name, async (parts, key) => {
      const { headUnverified, headVerified } = await import('./head-object.js')
      return own.verifyLength ? headVerified(parts, key, own) : headUnverified(parts, key, own)
    })
  }

  /** Deletes an object, encrypted or not; one that is not there is no error. */
  async delete(name: string, options: StoreRequestOptions = {}): Promise<{ readonly res: StoreAnswer }> {
    const own = takeOptions('delete', options)
    const key = objectName(name)
    const res = await retrying(this.#parts.retry, own.signal, () => this.#parts.store.delete(key, storeOptions(own)))
    return { res }
  }

  /**
   * Copies an encrypted object inside the bucket, with metadata, storage class, server-side encryption, ACL and tags; `dropped` tells what of it the
   * access key may not read. An object that is bound to its key is encrypted anew for the new one, unless `keepBinding` is set; any other is copied
   * inside OSS.
   */
  async copy(name: string, sourceName: string, options: CopyOptions = {}): Promise<CopyResult> {
    const own = takeOptions('copy', options)
    return this.#reading(sourceName, async (parts, source) => {
      const { copyObject } = await import('./copy-object.js')
      return copyObject(parts, objectName(name), source, own)
    })
  }

  /**
   * Puts an object's data key under other CMKs; its bytes are neither moved nor changed. A `floe` object's key goes from CMK to CMK inside KMS
   * where all of them are in one region and in no KMS instance; else, and with any other object, it is unwrapped here, the old envelope
   * verified with it, and wrapped again. User metadata, Content-Type and the like, storage class, tags and ACL stay. After a failure the object
   * can be read: under the old CMKs, or, when the answer to the last request was lost, under the new ones.
   *
   * It does not take the object from who could read it before: older versions in a bucket with versioning, and copies, stay under the old
   * CMKs, and whoever has seen the data key keeps it. Write the object anew where that matters.
   */
  async rewrap(name: string, options: RewrapOptions): Promise<RewrapResult> {
    const own = takeOptions('rewrap', options)
    return this.#reading(name, async (parts, key) => {
      const { rewrapObject } = await import('./rewrap-object.js')
      return rewrapObject(parts, key, own)
    })
  }

  /**
   * Stores an object anew under its name in a format in which everything can be verified, with a fresh data key, bound to its name: metadata, Content-Type and the like,
   * storage class, tags and ACL stay. What the OSS SDKs' own encryption wrote needs `allowLegacyFormats`, and says ever after that its origin was not verified:
   * `osscrypt:origin` in its encryption context. Nothing is replaced before all was read and sent, and only if OSS still has the object that was read.
   *
   * @throws also OsscryptError `SourceChanged` when it was replaced meanwhile. The old object is there then.
   */
  async upgrade(name: string, options: UpgradeOptions = {}): Promise<UpgradeResult> {
    const own = takeOptions('upgrade', options)
    return this.#reading(name, async (parts, key) => {
      const { upgradeObject } = await import('./upgrade-object.js')
      return upgradeObject(parts, key, own)
    })
  }

  /**
   * The uploads in parts that were begun, and neither completed nor aborted, of objects whose names start with `prefix`: what a crash left, what
   * a checkpoint is kept of, and what other programs are sending at this moment. OSS stores, and bills, their parts until they are aborted.
   *
   * @throws TypeError for a store that takes no parts.
   */
  async listUploads(prefix = '', options: StoreRequestOptions = {}): Promise<PendingUpload[]> {
    const own = takeOptions('listUploads', options)
    const multipart = this.#multipart()
    return retrying(this.#parts.retry, own.signal, () =>
      multipart.listUploads(prefix.replace(/^\/+/, ''), storeOptions(own)),
    )
  }

  /**
   * Ends an upload that {@link OssEncryptionClient.listUploads} tells of, and frees its parts; one that is not there is no error. Whoever is
   * still sending it fails.
   *
   * @throws TypeError for a store that takes no parts.
   */
  async abortUpload(name: string, uploadId: string, options: StoreRequestOptions = {}): Promise<void> {
    const own = takeOptions('abortUpload', options)
    const multipart = this.#multipart()
    // Without an id, it would be the object that is deleted.
    if (typeof uploadId !== 'string' || uploadId === '') throw new TypeError('an upload is aborted by its id')
    await retrying(this.#parts.retry, own.signal, () => multipart.abort(objectName(name), uploadId, storeOptions(own)))
  }

  /** Reads an object; what went wrong says of which one. */
  #reading<Result>(name: string, read: (parts: PutParts, key: string) => Promise<Result>): Promise<Result> {
    const key = objectName(name)
    return explainIntegrity(this.#parts, key, (parts) => read(parts, key))
  }

  #multipart(): MultipartStore {
    const { multipart } = this.#parts.store
    if (!multipart) throw new TypeError('this store takes no parts')
    return multipart
  }
}

/** A range as it is now. */
function copyRange(range: ByteRange): ByteRange {
  return typeof range === 'object' ? { ...range } : range
}

/** The key that ali-oss makes of a name. */
function objectName(name: string): string {
  const key = name.replace(/^\/+/, '')
  if (key === '') throw new TypeError('an object needs a name')
  // HTTP clients take such segments out of a path, and the request would be signed for another one.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new TypeError('an object whose name has a segment `.` or `..` cannot be reached')
  }
  return key
}
