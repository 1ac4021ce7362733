import { stat, utimes } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { CommandError } from '../command-error.js'
import type { Session } from '../cloud/session.js'
import { describeLocation, type Location, type ObjectLocation } from '../location.js'
import type { Report } from '../terminal/report.js'
import type { TransferOptions } from './transfer-options.js'

/** What one transfer needs. */
export interface Transfer {
  readonly session: Session
  readonly report: Report
  readonly options: TransferOptions
  readonly signal: AbortSignal
}

/** Transfers one object; resolves to the bytes that went over the network. */
export async function transferObject(transfer: Transfer, source: Location, target: Location): Promise<number> {
  if (source.kind === 'oss' && target.kind === 'oss') return copy(transfer, source, target)
  if (target.kind === 'oss') return upload(transfer, source as Exclude<Location, ObjectLocation>, target)
  if (source.kind === 'oss') return download(transfer, source, target)
  throw new TypeError('neither side is in OSS')
}

async function upload(
  transfer: Transfer,
  source: Exclude<Location, ObjectLocation>,
  target: ObjectLocation,
): Promise<number> {
  const { session, options } = transfer
  session.dataKeys(true)
  const client = await session.client(target.bucket)
  const total = source.kind === 'file' ? (await stat(source.path)).size : undefined
  return tracked(transfer, total, async (progress) => {
    const from = source.kind === 'file' ? source.path : process.stdin
    await client.put(target.key, from, { ...options.put, headers: overwriteHeaders(transfer), progress })
  })
}

async function download(transfer: Transfer, source: ObjectLocation, target: Location): Promise<number> {
  const { session, options, signal } = transfer
  const client = await session.client(source.bucket)
  return tracked(transfer, undefined, async (progress) => {
    if (target.kind === 'file') {
      const { res } = await client.get(source.key, target.path, { ...options.get, progress })
      const modified = new Date(res.headers['last-modified'] ?? NaN)
      // So that a later sync or --update sees that it is the same.
      if (!Number.isNaN(modified.getTime())) await utimes(target.path, modified, modified)
      return
    }
    const { stream } = await client.getStream(source.key, { ...options.get, progress })
    await pipeline(stream, process.stdout, { end: false, signal })
  })
}

/** Inside a bucket the library copies; between two, the object is read, verified, and encrypted anew with what it had. */
async function copy(transfer: Transfer, source: ObjectLocation, target: ObjectLocation): Promise<number> {
  const { session, options } = transfer
  const { signal, ...read } = options.get
  const client = await session.client(source.bucket)
  if (source.bucket === target.bucket) {
    if (source.key === target.key) throw sameObject(source)
    await client.copy(target.key, source.key, { ...read, headers: overwriteHeaders(transfer), signal })
    return 0
  }
  session.dataKeys(true)
  const other = await session.client(target.bucket)
  return tracked(transfer, undefined, async (progress) => {
    const { stream, encryption, meta, res } = await client.getStream(source.key, { ...options.get, progress })
    try {
      const { algorithm } = encryption
      const own = Object.entries(encryption.encryptionContext).filter(([name]) => !name.startsWith('osscrypt:'))
      await other.put(target.key, stream, {
        meta,
        mime: res.headers['content-type'],
        encryptionContext: Object.fromEntries(own),
        allowUnauthenticatedAlgorithms: options.get.allowUnauthenticatedAlgorithms,
        ...(algorithm === 'FLOE' ? { format: 'floe' } : { algorithm }),
        headers: overwriteHeaders(transfer),
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
  total: number | undefined,
  run: (progress: NonNullable<Parameters<OssEncryptionClient['put']>[2]>['progress']) => Promise<void>,
): Promise<number> {
  const { update, done } = report.progress.track(total)
  let last = 0
  try {
    await run((progress) => {
      last = progress.bytes
      update(progress)
    })
    return last
  } finally {
    done()
  }
}

function sameObject(location: ObjectLocation): CommandError {
  return new CommandError('usage', 'SameObject', `${describeLocation(location)} is source and target at once`)
}
