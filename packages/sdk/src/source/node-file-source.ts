import { constants, type BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { identify, identifyFile, sameFile, type FileIdentity } from '../io/file-identity.js'
import { inPieces } from '../io/pieces.js'
import { sourceChanged, type OpenSource } from './source.js'

/** So much of a file is read at once. */
const READ_LENGTH = 512 * 1024

/** The file at a path. It is opened when it is first read, and stays open, so that all of it is of one file, whatever becomes of the path. */
export async function openFileSource(path: string): Promise<OpenSource> {
  const file = identify(assertFile(path, await statFile(path)))
  let opening: Promise<FileHandle> | undefined
  return {
    length: file.length,
    rereadable: true,
    mime: extname(path) || undefined,
    file: { path: resolve(path), identity: { ...file } },
    read: async function* (_signal, start = 0) {
      yield* readFile(await (opening ??= openSame(path, file)), start)
    },
    isUnchanged: async () => {
      const handle = await opening
      return (await isSame(path, file)) && (handle === undefined || (await isSame(handle, file)))
    },
    discard: async () => {
      const handle = await opening?.catch(() => undefined)
      await handle?.close()
    },
  }
}

/** A file that its caller has opened, and closes. */
export async function openHandleSource(handle: FileHandle): Promise<OpenSource> {
  const file = identify(assertFile('the FileHandle', await handle.stat({ bigint: true })))
  return {
    length: file.length,
    rereadable: true,
    mime: undefined,
    read: (_signal, start = 0) => readFile(handle, start),
    isUnchanged: () => isSame(handle, file),
    discard: () => Promise.resolve(),
  }
}

async function statFile(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new TypeError(`there is no file ${path}; text to be stored is given as bytes`, { cause: error })
  }
}

function assertFile(what: string, stats: BigIntStats): BigIntStats {
  if (!stats.isFile()) throw new TypeError(`${what} is not a file`)
  return stats
}

/** Opens a file that is still what it was; a pipe that has come in its place is not waited for. */
async function openSame(path: string, expected: FileIdentity): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    // It was there a moment ago.
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? sourceChanged() : error
  })
  if (await isSame(handle, expected)) return handle
  await handle.close()
  throw sourceChanged()
}

async function isSame(looked: string | FileHandle, expected: FileIdentity): Promise<boolean> {
  try {
    return sameFile(await identifyFile(looked), expected)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** A file's bytes from `start` on. The next are being read while those before are used. */
async function* readFile(file: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  let position = start
  const readInto = (target: Buffer) => file.read(target, 0, READ_LENGTH, position)
  let buffer: Buffer = Buffer.allocUnsafeSlow(READ_LENGTH)
  let spare: Buffer | undefined
  let reading = readInto(buffer)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const bytes = buffer.subarray(0, bytesRead)
      position += bytesRead
      const next = (spare ??= Buffer.allocUnsafeSlow(READ_LENGTH))
      spare = buffer
      buffer = next
      reading = readInto(buffer)
      reading.catch(() => undefined)
      yield* inPieces(bytes)
    }
  } finally {
    await reading.catch(() => undefined)
  }
}
