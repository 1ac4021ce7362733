import { createReadStream, type Stats } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { findTarget, openFileTarget, type FileTarget, type FileTargetOptions } from 'osscrypt/files'
import { ossError, type ByteRange, type ObjectStore, type StoreAnswer } from 'osscrypt/oss'
import { usageError } from '../command-error.js'

const META = 'x-oss-meta-'

/** More than OSS stores with any object. */
const MAX_METADATA_LENGTH = 256 * 1024

/** Where an object is that lies in files. */
export interface ObjectFiles {
  /** Of the body. */
  readonly body: string
  /** Of what stands beside it, as `ossutil stat` prints it or as a JSON object; undefined where nothing does. */
  readonly metadata: string | undefined
}

/** A store of one object, which was brought here with its metadata: whatever its format is, it is read and written as in OSS. */
export class FileStore implements ObjectStore {
  readonly #files: ObjectFiles
  readonly #writing: FileTargetOptions

  /** @param writing How files are written. */
  constructor(files: ObjectFiles, writing: FileTargetOptions = {}) {
    this.#files = files
    this.#writing = writing
  }

  async get(_name: string, { range }: { readonly range?: ByteRange | undefined }) {
    const { headers, length } = await this.#describe()
    const { start, end } = extentOf(range, length)
    if (range && start > end) throw ossError('GetObject', { status: 416 })
    const body = length === 0 ? none() : contentOf(this.#files.body, start, end)
    const part = { 'content-length': String(end - start + 1), 'content-range': `bytes ${start}-${end}/${length}` }
    return range ? { status: 206, headers: { ...headers, ...part }, body } : { status: 200, headers, body }
  }

  async head(): Promise<StoreAnswer> {
    const { headers } = await this.#describe()
    return { status: 200, headers }
  }

  async put(
    _name: string,
    body: { open(): AsyncIterable<Uint8Array> },
    { headers = {} }: { readonly headers?: Readonly<Record<string, string>> | undefined },
  ): Promise<StoreAnswer> {
    const { body: path, metadata } = this.#files
    const targets: FileTarget[] = []
    const write = async (to: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
      const target = await openFileTarget(to, this.#writing)
      targets.push(target)
      const file = target.writeFrom(0)
      for await (const piece of pieces) await file.append(piece)
      return target
    }
    try {
      const whole = await write(path, body.open())
      const meta = Object.entries(headers).filter(([name]) => name.toLowerCase().startsWith(META))
      const text = `${JSON.stringify(Object.fromEntries(meta), null, 2)}\n`
      const beside = metadata === undefined ? undefined : await write(metadata, [Buffer.from(text)])
      // The body comes last: where it is, all is.
      await beside?.commit()
      await whole.commit().catch(async (error: unknown) => {
        // Nothing was replaced by what is of no use alone.
        if (metadata !== undefined && this.#writing.replace === false) await rm((await findTarget(metadata)).path)
        throw error
      })
    } finally {
      for (const target of targets) await target.dispose()
    }
    return { status: 200, headers: {} }
  }

  delete(): Promise<never> {
    return Promise.reject(ossError('DeleteObject', { status: 501 }))
  }

  copy(): Promise<never> {
    return Promise.reject(ossError('CopyObject', { status: 501 }))
  }

  async #describe(): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly length: number }> {
    const { body, metadata } = this.#files
    const stats = await statFile(body)
    const given = metadata === undefined ? {} : await readMetadata(metadata)
    const beside = Object.entries(given).filter(([name]) => name.startsWith(META))
    const headers = {
      ...Object.fromEntries(beside),
      etag: `"${[stats.ino, stats.size, stats.mtimeMs].join('-')}"`,
      'content-length': String(stats.size),
      'last-modified': stats.mtime.toUTCString(),
    }
    return { headers, length: stats.size }
  }
}

async function* none(): AsyncGenerator<Uint8Array> {
  // An empty file has no bytes.
}

function extentOf(range: ByteRange | undefined, length: number): { readonly start: number; readonly end: number } {
  const { start = 0, end = length - 1 } = range ?? {}
  return { start: start < 0 ? Math.max(0, length + start) : start, end: Math.min(end, length - 1) }
}

async function statFile(path: string): Promise<Stats> {
  const stats = await stat(path)
  if (!stats.isFile()) throw usageError(`${path} is not a file`)
  return stats
}

/** Headers by their names in lower case: of a JSON object, or of lines `name: value`. */
async function readMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const { size } = await statFile(path)
  if (size > MAX_METADATA_LENGTH) throw usageError(`${path} is longer than the metadata of an object`)
  // A byte order mark is trimmed, too.
  const text = (await readFile(path, 'utf8')).trim()
  const pairs = text.startsWith('{') ? pairsOfJson(path, text) : pairsOfLines(path, text)
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim().toLowerCase(), value.trim()]))
}

function pairsOfJson(path: string, text: string): readonly (readonly [string, string])[] {
  try {
    return Object.entries(JSON.parse(text) as Record<string, unknown>).map(([name, value]) => [name, String(value)])
  } catch {
    throw usageError(`${path} begins like JSON, and is none`)
  }
}

function pairsOfLines(path: string, text: string): readonly (readonly [string, string])[] {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf(':')
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : []
  })
  if (pairs.length === 0) throw usageError(`${path} holds no metadata: neither a JSON object nor lines NAME: VALUE`)
  return pairs
}

/** Opened by whoever reads it: an answer that is refused unread leaves no file open. */
async function* contentOf(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { start, end }) as AsyncIterable<Uint8Array>
}
