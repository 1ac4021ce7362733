import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FormatError, IntegrityError, ServiceError } from '../errors.js'
import { openFileTarget, pathBeside } from '../io/file-target.js'
import { findTarget } from '../io/target-place.js'
import { PartialFile } from '../io/partial-file.js'
import { ByteSource } from '../bytes/byte-source.js'
import { freeBuffer } from '../bytes/free-buffer.js'
import {
  assertSameDownload,
  loadCheckpoint,
  removeCheckpoint,
  saveCheckpoint,
  type DownloadCheckpoint,
} from '../transfer/checkpoints/node-download-checkpoint.js'
import type { DownloadPlan } from '../transfer/download-plan.js'
import { fetchInOrder } from '../transfer/fetch-in-order.js'
import { identifyObject } from '../transfer/fetch.js'
import type { GetOptions } from './get-whole.js'
import { fetchOptions, openWhole, type ClientParts, type ObjectInfo, type OpenedWhole } from './open-object.js'

/** How a download is done that can be resumed. */
export interface ResumeOptions extends GetOptions {
  /** The path of the checkpoint. */
  readonly checkpoint: string
  readonly replace?: boolean | undefined
}

/**
 * Reads a whole object into a file, going on where an earlier call with the same checkpoint ended. The object is collected as ciphertext first, and
 * then decrypted and verified from its first byte to its last, so that nothing has to be believed of what an earlier call left on the disk. What
 * was collected of an object that has been replaced since is thrown away; so is what turns out to be damaged, and then it is fetched again.
 *
 * @throws FormatError, OsscryptError `CheckpointMismatch` when the checkpoint is none, or of another download: nothing is touched then.
 */
export async function resumeFile(
  parts: ClientParts,
  name: string,
  path: string,
  options: ResumeOptions,
  plan: DownloadPlan,
): Promise<ObjectInfo> {
  const { path: target } = await findTarget(path)
  if (resolve(options.checkpoint) === target) throw new TypeError('checkpoint and target are the same file')
  const asked = { bucket: parts.store.bucket ?? null, name, versionId: options.versionId ?? null, target }
  const earlier = await loadCheckpoint(options.checkpoint)
  if (earlier) assertSameDownload(earlier, asked)

  const opened = await openWhole(parts, name, { ...options, progress: undefined })
  // Its headers, and the start of its body, are what was needed of it.
  opened.reading.close()
  try {
    const identity = identifyObject(opened.reading)
    if (!identity) throw new ServiceError('BadAnswer', 'OSS says neither ETag nor length', { service: 'oss' })
    const algorithm = opened.info.encryption.algorithm
    const fresh = { ...asked, ...identity, algorithm, partial: randomUUID(), collected: 0, temporary: null }
    const checkpoint = await continueWith(earlier, fresh)
    await download(parts, path, options, plan, opened, checkpoint)
    return opened.info
  } finally {
    opened.close()
  }
}

/** Takes away what an earlier call left and is of no use. */
async function continueWith(
  earlier: DownloadCheckpoint | null,
  fresh: DownloadCheckpoint,
): Promise<DownloadCheckpoint> {
  if (!earlier) return fresh
  if (earlier.temporary !== null) await rm(pathBeside(earlier.target, earlier.temporary, 'part'), { force: true })
  if (isSameObject(earlier, fresh)) return { ...earlier, temporary: null }
  await rm(pathBeside(earlier.target, earlier.partial, 'ciphertext'), { force: true })
  return fresh
}

function isSameObject(earlier: DownloadCheckpoint, now: DownloadCheckpoint): boolean {
  return earlier.etag === now.etag && earlier.totalLength === now.totalLength && earlier.algorithm === now.algorithm
}

async function download(
  parts: ClientParts,
  path: string,
  options: ResumeOptions,
  plan: DownloadPlan,
  opened: OpenedWhole,
  checkpoint: DownloadCheckpoint,
): Promise<void> {
  const partialPath = pathBeside(checkpoint.target, checkpoint.partial, 'ciphertext')
  // Before there is anything else, so that nothing is ever left that no checkpoint knows of.
  await saveCheckpoint(options.checkpoint, checkpoint)
  const partial = await PartialFile.open(partialPath)
  const resumed = checkpoint.collected > 0
  try {
    await collect(parts, partial, options, plan, checkpoint)
    await decryptInto(path, partial, options, opened, checkpoint)
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof FormatError)) throw error
    await rm(partialPath, { force: true })
    if (!resumed) {
      await removeCheckpoint(options.checkpoint)
      throw error
    }
    opened.body.restart()
    await download(parts, path, options, plan, opened, { ...checkpoint, partial: randomUUID(), collected: 0 })
    return
  } finally {
    await partial.close()
  }
  await rm(partialPath, { force: true })
  await removeCheckpoint(options.checkpoint)
}

/** Fetches what is missing. Bytes count as collected when they are on the disk. */
async function collect(
  parts: ClientParts,
  partial: PartialFile,
  options: ResumeOptions,
  { parallel, partLength }: DownloadPlan,
  checkpoint: DownloadCheckpoint,
): Promise<void> {
  let collected = Math.min(checkpoint.collected, await partial.length())
  if (collected < checkpoint.collected) await saveCheckpoint(options.checkpoint, { ...checkpoint, collected })
  for await (const part of fetchInOrder(parts.store, checkpoint.name, fetchOptions(parts, options), checkpoint, {
    parallel,
    partLength,
    start: collected,
    progress: options.progress,
  })) {
    await partial.write(part, collected)
    collected += part.length
    await saveCheckpoint(options.checkpoint, { ...checkpoint, collected })
  }
}

/** Decrypts and verifies what was collected, into a file that then gets its name. */
async function decryptInto(
  path: string,
  partial: PartialFile,
  { checkpoint: checkpointPath, replace, signal }: ResumeOptions,
  { layout, body }: OpenedWhole,
  checkpoint: DownloadCheckpoint,
): Promise<void> {
  const { totalLength } = checkpoint
  const temporary = randomUUID()
  await saveCheckpoint(checkpointPath, { ...checkpoint, collected: totalLength, temporary })
  const target = await openFileTarget(path, { id: temporary, replace })
  try {
    const file = target.writeFrom(0)
    const bytes = new ByteSource(partial.read(totalLength))
    await bytes.skip(layout.whole().ciphertext.start)
    for await (const plaintext of body.decrypt(layout.whole(), bytes)) {
      signal?.throwIfAborted()
      await file.append(plaintext, freeBuffer)
    }
    await body.finish()
    await target.commit()
  } finally {
    await target.dispose()
  }
}
