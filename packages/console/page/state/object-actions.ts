import { saveThroughWorker } from 'osscrypt/browser'
import { startMedia } from '../media/media-source.js'
import { ask } from './api.js'
import { clientOf } from './clients.js'
import { forget, setFinding } from './descriptions.js'
import { seenEnvelope } from './seen-envelope.js'
import { toBlob } from './to-blob.js'
import { baseName } from './names.js'
import { isTampered, toProblem } from './problem.js'

/** Reads all of an object and keeps nothing of it. What comes of it is remembered. */
export async function verifyObject(
  bucket: string,
  key: string,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<void> {
  let length: number | undefined
  try {
    const { res } = await clientOf(bucket).verify(key, {
      signal,
      progress: ({ bytes, total }) => {
        length = total
        progress(total ? bytes / total : 0)
      },
    })
    setFinding(bucket, key, { kind: 'verified', timeMs: Date.now(), length, seen: seenEnvelope(res.headers) })
  } catch (error) {
    signal.throwIfAborted()
    setFinding(bucket, key, { kind: 'problem', problem: toProblem(error) })
  }
}

/**
 * Stores an object's plaintext among the downloads, in constant memory: verified bytes only, and no complete file of one that was changed.
 *
 * @throws OsscryptError; what was found out about the object is remembered.
 */
export async function downloadObject(bucket: string, key: string): Promise<void> {
  const client = clientOf(bucket)
  try {
    const registration = await startMedia()
    if (registration) {
      await saveThroughWorker(client, key, { registration })
      return
    }
    const { stream } = await client.getStream(key)
    saveBlob(await toBlob(stream, 'application/octet-stream'), baseName(key))
  } catch (error) {
    const problem = toProblem(error)
    if (isTampered(problem)) setFinding(bucket, key, { kind: 'problem', problem })
    throw error
  }
}

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export async function deleteObject(bucket: string, key: string): Promise<void> {
  await clientOf(bucket).delete(key)
  forget(bucket, key)
}

/**
 * Gives an object another key: it is encrypted anew for that, as it is bound to its key, and the old one is deleted only when the new one is stored
 * and nobody has changed the old one meanwhile. Nothing is replaced.
 *
 * @throws OsscryptError; both objects may be there then, and never none.
 */
export async function renameObject(
  bucket: string,
  key: string,
  newKey: string,
  progress: (done: number) => void,
): Promise<'renamed' | 'kept'> {
  const client = clientOf(bucket)
  const before = await client.head(key)
  await client.copy(newKey, key, {
    headers: { 'x-oss-forbid-overwrite': 'true' },
    progress: ({ bytes, total }) => progress(total ? bytes / total : 0),
  })
  const after = await client.head(key)
  if (after.res.headers['etag'] !== before.res.headers['etag']) return 'kept'
  await deleteObject(bucket, key)
  return 'renamed'
}

/** Puts the data key under other CMKs; the bytes stay where they are. */
export async function rewrapObject(bucket: string, key: string, cmkArns: readonly string[]): Promise<void> {
  await ask('rewrap', { bucket, key, cmkArns })
  forget(bucket, key)
}
