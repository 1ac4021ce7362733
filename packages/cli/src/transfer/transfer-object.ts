import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Progress } from 'osscrypt/oss'
import { CommandError, existsError } from '../command-error.js'
import type { Session } from '../cloud/session.js'
import { describeLocation, type Location, type ObjectLocation } from '../location.js'
import type { Phase } from '../terminal/progress-line.js'
import type { Report } from '../terminal/report.js'
import { keepTimes, keptMtime, restoreTimes } from './file-times.js'
import type { NotedTimes } from './noted-times.js'
import type { TransferOptions } from './transfer-options.js'
import { withCheckpoint } from './with-checkpoint.js'

/** What transfers need. */
export interface Transfer {
  readonly session: Session
  readonly report: Report
  readonly options: TransferOptions
  readonly signal: AbortSignal
  /** Where the times of objects are noted. */
  readonly times?: NotedTimes | undefined
}

/** Transfers one object; resolves to the bytes that went over the network. @param length How long an object is, where it was listed. */
export async function transferObject(
  transfer: Transfer,
  source: Location,
  target: Location,
  length?: number,
): Promise<number> {
  if (source.kind === 'oss' && target.kind === 'oss') return copy(transfer, source, target, length)
  if (target.kind === 'oss') return upload(transfer, source as Exclude<Location, ObjectLocation>, target)
  if (source.kind === 'oss') return download(transfer, source, target, length)
  throw new TypeError('neither side is in OSS')
}

async function upload(
  transfer: Transfer,
  source: Exclude<Location, ObjectLocation>,
  target: ObjectLocation,
): Promise<number> {
  const { session, options, signal } = transfer
  session.dataKeys.requireKey()
  const client = await session.client(target.bucket)
  const stats = source.kind === 'file' ? await stat(source.path, { bigint: true }) : undefined
  const isFile = stats?.isFile() === true
  const from = source.kind === 'pipe' ? process.stdin : isFile ? source.path : createReadStream(source.path, { signal })
  const meta = { ...(isFile && options.preserve ? keepTimes(stats) : {}), ...options.put.meta }
  return tracked(transfer, 'sending', isFile ? Number(stats.size) : undefined, (progress) =>
    withCheckpoint(options, isFile ? { source, target, length: Number(stats.size) } : undefined, async (checkpoint) => {
      const { headers } = options.put
      const kept = { checkpoint, restartIfChanged: options.restartIfChanged }
      const put = { ...options.put, ...kept, meta, headers: { ...headers, ...overwriteHeaders(transfer) } }
      const { res } = await client.put(target.key, from, { ...put, progress, signal })
      transfer.times?.note(target, res.headers['etag'], keptMtime(meta) ?? null)
    }),
  )
}

async function download(
  transfer: Transfer,
  source: ObjectLocation,
  target: Location,
  length: number | undefined,
): Promise<number> {
  const { session, options, report, signal } = transfer
  const client = await session.client(source.bucket)
  return tracked(transfer, 'receiving', length, async (progress) => {
    if (target.kind !== 'file') {
      const { stream, verified } = await client.getStream(source.key, { ...options.get, signal, progress })
      await pipeline(stream, process.stdout, { end: false, signal })
      if (!verified) report.unverified(describeLocation(source))
      return
    }
    const replace = options.overwriting === 'replace' || options.overwriting === 'update'
    const { res, meta, verified } = await withCheckpoint(options, { source, target, length }, (checkpoint) =>
      client
        .get(source.key, target.path, { ...options.get, checkpoint, replace, signal, progress })
        .catch(unlessThere(target)),
    )
    if (!verified) report.unverified(describeLocation(source))
    if (options.get.versionId === undefined) transfer.times?.note(source, res.headers['etag'], keptMtime(meta) ?? null)
    // So that a later sync or --update sees that it is the same.
    if (options.preserve) await restoreTimes(target.path, meta, new Date(res.headers['last-modified'] ?? NaN))
  })
}

/** Inside a bucket the library copies; between two, the object is read, verified, and encrypted anew with what it had. */
async function copy(
  transfer: Transfer,
  source: ObjectLocation,
  target: ObjectLocation,
  length: number | undefined,
): Promise<number> {
  const { session, options, signal } = transfer
  const { parallel, partLength, headers, ...read } = options.get
  const client = await session.client(source.bucket)
  if (source.bucket === target.bucket) {
    // An old version comes back by being stored anew.
    if (source.key === target.key && read.versionId === undefined) throw sameObject(source)
    return tracked(transfer, 'copying', length, async (progress) => {
      await client.copy(target.key, source.key, {
        ...read,
        headers: { ...options.put.headers, ...headers, ...overwriteHeaders(transfer) },
        progress,
        signal,
      })
    })
  }
  session.dataKeys.requireKey()
  const other = await session.client(target.bucket)
  return tracked(transfer, 'copying', length, async (progress) => {
    const opened = await client.getStream(source.key, { ...read, headers, signal })
    const { stream, format, encryption, meta, res } = opened
    try {
      if (format === 'oss-sdk-ctr') throw needsUpgrade(source)
      const { algorithm } = encryption
      const own = Object.entries(encryption.encryptionContext).filter(([name]) => !name.startsWith('osscrypt:'))
      await other.put(target.key, stream, {
        parallel,
        partLength,
        meta,
        mime: res.headers['content-type'],
        encryptionContext: Object.fromEntries(own),
        allowUnauthenticatedAlgorithms: options.get.allowUnauthenticatedAlgorithms,
        format,
        ...(format === 'floe' ? {} : { algorithm }),
        headers: { ...options.put.headers, ...overwriteHeaders(transfer) },
        progress,
        signal,
      })
    } finally {
      stream.destroy()
    }
  })
}

/** OSS itself refuses to overwrite, so that nobody can come in between; not where it keeps versions, or has kept some. */
function overwriteHeaders({ options }: Transfer): Record<string, string> {
  return options.overwriting === 'refuse' || options.overwriting === 'keep' ? { 'x-oss-forbid-overwrite': 'true' } : {}
}

async function tracked(
  { report }: Transfer,
  phase: Phase,
  total: number | undefined,
  run: (progress: Progress) => Promise<void>,
): Promise<number> {
  const { update, end } = report.progress.track(phase, total)
  // Attempts that failed are counted again on the way: what is there in the end went over the network once, as far as this says.
  let bytes = total ?? 0
  try {
    await run((step) => {
      bytes = step.total ?? step.bytes
      update(step)
    })
    return bytes
  } finally {
    end()
  }
}

/** Makes of the file system's word for it the same as of OSS's. */
function unlessThere(target: Location) {
  return (error: unknown): never => {
    if ((error as { code?: unknown }).code === 'EEXIST') throw existsError(describeLocation(target))
    throw error
  }
}

/** As the library has it inside a bucket. */
function needsUpgrade(location: ObjectLocation): CommandError {
  return new CommandError(
    'refused',
    'NotAllowed',
    `${describeLocation(location)} is in the OSS SDKs’ own format, in which nothing is written without being asked for`,
    '`osscrypt jobs migrate` stores it in another format where it is, and keeps what is known of its origin',
  )
}

function sameObject(location: ObjectLocation): CommandError {
  return new CommandError('usage', 'SameObject', `${describeLocation(location)} is source and target at once`)
}
