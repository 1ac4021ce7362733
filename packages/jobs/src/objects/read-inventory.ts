import { ServiceError } from 'osscrypt'
import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { askOss, toServiceError } from './ask-oss.js'
import { readCsv } from './csv.js'
import {
  readManifest,
  type Columns,
  type InventoryPlace,
  type Manifest,
  type ManifestOptions,
} from './inventory-manifest.js'
import type { ListedObject } from './listed-object.js'
import { neverIdle } from './never-idle.js'
import type { SourcePage } from './source-page.js'

/** Which of its objects are meant. */
export interface InventoryOptions extends ManifestOptions {
  readonly prefix?: string | undefined
  readonly after?: string | undefined
}

const PAGE_LENGTH = 1000

/** How often a file is begun anew where nothing came of the last time. */
const ATTEMPTS = 4

/**
 * The objects that an inventory of OSS's tells of, a page at a time, in its order. Its files (CSV in gzip) are read once, as a stream, and compared with the hashes in
 * the manifest. It is of some hours or days ago: what has gone since is told of, too, and what is new is not.
 *
 * @throws ServiceError `BadAnswer` for what is no such inventory; `ChecksumMismatch` for a file that is not what the manifest says.
 */
export async function* readInventory(place: InventoryPlace, options: InventoryOptions): AsyncGenerator<SourcePage> {
  const manifest = await readManifest(place, options)
  let [file, row] = (options.after?.split(':').map(Number) ?? [0, 0]) as [number, number]
  for (; file < manifest.files.length; file++, row = 0) {
    let objects: ListedObject[] = []
    let read = row
    let attempt = 1
    for (;;) {
      try {
        for await (const cells of rowsOf(place, manifest, file, read, options)) {
          read++
          attempt = 1
          const object = toListedObject(cells, `row ${read} of file ${file + 1}`, manifest.columns, options)
          if (object) objects.push(object)
          if (objects.length < PAGE_LENGTH) continue
          const page = objects
          objects = []
          yield { objects: page, cursor: `${file}:${read}` }
        }
        break
      } catch (error) {
        options.signal?.throwIfAborted()
        if (!(error instanceof ServiceError && error.retryable) || ++attempt > ATTEMPTS) throw error
      }
    }
    yield { objects, cursor: `${file + 1}:0` }
  }
}

/** The rows of one of its files, but the first `skip`. */
async function* rowsOf(
  { bucket }: InventoryPlace,
  { files }: Manifest,
  index: number,
  skip: number,
  { signal, retry }: InventoryOptions,
): AsyncGenerator<string[]> {
  const { key, md5 } = files[index] as Manifest['files'][number]
  const { stream } = await askOss('GetObject', () => bucket.getStream(key), { signal, retry })
  const hash = createHash('md5')
  const unzipped = createGunzip()
  const text = new PassThrough({ encoding: 'utf8' })
  const compressed = async function* () {
    try {
      for await (const bytes of neverIdle(stream as Readable, signal)) {
        hash.update(bytes)
        yield bytes
      }
    } catch (error) {
      throw error instanceof ServiceError ? error : toServiceError('GetObject', error)
    }
  }
  let failure: NodeJS.ErrnoException | undefined
  const reading = pipeline(Readable.from(compressed(), { objectMode: false }), unzipped, text, { signal }).catch(
    (error: unknown) => (failure ??= error as Error),
  )
  let row = 0
  try {
    for await (const cells of readCsv(text as AsyncIterable<string>)) if (row++ >= skip) yield cells
  } catch (error) {
    failure ??= error as Error
  } finally {
    text.destroy()
    await reading
  }
  signal?.throwIfAborted()
  if (failure instanceof SyntaxError) throw notWellFormed(`row ${row + 1} of file ${index + 1}`, 'does not end')
  if (failure !== undefined && !isZlibError(failure)) throw failure
  if (failure === undefined && hash.digest('hex').toUpperCase() === md5) return
  throw new ServiceError('ChecksumMismatch', 'GetObject: a file of the inventory is not what its manifest says', {
    service: 'oss',
    retryable: true,
  })
}

/** What a row says of an object; undefined for one that is not meant. Where the row stands is said in errors. */
function toListedObject(
  cells: readonly string[],
  row: string,
  columns: Columns,
  { bucketName, prefix = '', versions }: InventoryOptions,
): ListedObject | undefined {
  if (cells.length !== columns.count) throw notWellFormed(row, 'has not the fields that the manifest names')
  const cell = (index: number | undefined) => (index === undefined ? '' : (cells[index] ?? ''))
  if (cell(columns.bucket) !== bucketName) throw notWellFormed(row, 'is of another bucket')
  const isLatest = readFlag(cell(columns.isLatest), row) ?? true
  const isDeleteMarker = readFlag(cell(columns.isDeleteMarker), row) ?? false
  if (isDeleteMarker || !(isLatest || versions)) return undefined
  const name = decodeKey(cell(columns.key), row)
  if (name === '') throw notWellFormed(row, 'has no Key')
  if (!name.startsWith(prefix)) return undefined
  const [size, storageClass] = [cell(columns.size), cell(columns.storageClass)]
  const [length, lastModified] = [Number(size), new Date(cell(columns.lastModified))]
  if (!/^\d+$/.test(size) || !Number.isSafeInteger(length)) throw notWellFormed(row, 'has a Size that is none')
  if (Number.isNaN(lastModified.getTime())) throw notWellFormed(row, 'has a LastModifiedDate that is none')
  if (storageClass === '') throw notWellFormed(row, 'has no StorageClass')
  const version = columns.versionId === undefined ? undefined : { id: cell(columns.versionId), isLatest }
  return { name, length, lastModified, storageClass, ...(versions && version && { version }) }
}

/** Undefined where nothing is said. */
function readFlag(text: string, row: string): boolean | undefined {
  if (text === '') return undefined
  if (!/^(true|false)$/i.test(text)) throw notWellFormed(row, 'says neither true nor false of its version')
  return text.toLowerCase() === 'true'
}

function decodeKey(encoded: string, row: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw notWellFormed(row, 'has a Key that is not well-formed')
  }
}

/** What was unpacked is no gzip, or not all of it. */
function isZlibError({ code }: NodeJS.ErrnoException): boolean {
  return code?.startsWith('Z_') ?? false
}

function notWellFormed(row: string, why: string): ServiceError {
  return new ServiceError('BadAnswer', `the inventory is not well-formed: ${row} ${why}`, { service: 'oss' })
}
