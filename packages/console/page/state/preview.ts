import { batch, createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import type { RandomAccessObject } from 'osscrypt/oss'
import type { ObjectDescription } from '../../src/api/messages.js'
import { mediaUrl, revokeMediaUrl, startMedia } from '../media/media-source.js'
import { clientOf } from './clients.js'
import { setFinding } from './descriptions.js'
import { toBlob } from './to-blob.js'
import { kindOf } from './file-kind.js'
import { pictureUrl } from './picture-url.js'
import { toProblem, type Problem } from './problem.js'
import { seenEnvelope } from './seen-envelope.js'

/** What is shown of an object. Nothing of it is shown that was not verified. */
export type Preview =
  | { readonly kind: 'loading'; readonly done: number }
  /** All of it has to be read to show anything, and that is much: the user says when. */
  | { readonly kind: 'large'; readonly length: number | undefined }
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string; readonly isWhole: boolean }
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'pdf'; readonly url: string }
  /** `parts`: each part is verified before it plays; `whole`: all of it has been. */
  | { readonly kind: 'audio'; readonly url: string; readonly verified: 'parts' | 'whole' }
  | { readonly kind: 'video'; readonly url: string; readonly verified: 'parts' | 'whole' }
  | { readonly kind: 'problem'; readonly problem: Problem }

type Encrypted = Extract<ObjectDescription, { readonly kind: 'encrypted' }>

/** So much is read without being asked. */
const READ_UNASKED = 32 * 1024 * 1024
const TEXT_SHOWN = 256 * 1024

/** Previews the object that is chosen. */
export function createPreview(
  bucket: Accessor<string>,
  key: Accessor<string>,
  description: Accessor<Encrypted>,
): { readonly preview: Accessor<Preview>; readonly readAll: () => void } {
  const [preview, setPreview] = createSignal<Preview>({ kind: 'loading', done: 0 })
  const [readAll, setReadAll] = createSignal(false)
  createEffect(on([bucket, key], () => setReadAll(false)))
  createEffect(
    on([bucket, key, description, readAll], ([inBucket, ofKey, described, isAsked]) => {
      const control = new AbortController()
      const cleanups: (() => void)[] = []
      onCleanup(() => {
        control.abort()
        for (const clean of cleanups) clean()
      })
      const fail = (error: unknown) => {
        if (control.signal.aborted) return
        const problem = toProblem(error)
        batch(() => {
          setPreview({ kind: 'problem', problem })
          setFinding(inBucket, ofKey, { kind: 'problem', problem })
        })
      }
      const opening = { bucket: inBucket, key: ofKey, description: described, isAsked, signal: control.signal }
      setPreview({ kind: 'loading', done: 0 })
      open({
        ...opening,
        later: (clean) => (control.signal.aborted ? clean() : cleanups.push(clean)),
        progress: (done) => setPreview((now) => (now.kind === 'loading' ? { kind: 'loading', done } : now)),
        fail,
      })
        .then((opened) => {
          if (!control.signal.aborted) setPreview(opened)
        })
        .catch(fail)
    }),
  )
  return { preview, readAll: () => setReadAll(true) }
}

interface Opening {
  readonly bucket: string
  readonly key: string
  readonly description: Encrypted
  readonly isAsked: boolean
  readonly signal: AbortSignal
  readonly later: (clean: () => void) => void
  readonly progress: (done: number) => void
  readonly fail: (error: unknown) => void
}

async function open(opening: Opening): Promise<Preview> {
  const { bucket, key, description, isAsked, signal } = opening
  const { kind } = kindOf(key)
  // Nobody would notice what was changed of it.
  if (kind === 'other' || description.integrity === 'none') return { kind: 'none' }
  const inParts = description.integrity === 'segments'
  if ((kind === 'audio' || kind === 'video') && inParts && (await startMedia())) return openInParts(kind, opening)
  if (kind === 'text' && inParts && description.length !== 0) {
    const range = { start: 0, end: TEXT_SHOWN - 1 }
    const { content, range: got } = await clientOf(bucket).getRange(key, range, { signal })
    return { kind, text: new TextDecoder().decode(content), isWhole: content.length === got.totalLength }
  }
  if (!isAsked && (description.length ?? Infinity) > READ_UNASKED) return { kind: 'large', length: description.length }
  const blob = await readWhole(opening)
  if (kind === 'text') {
    return { kind, text: await blob.slice(0, TEXT_SHOWN).text(), isWhole: blob.size <= TEXT_SHOWN }
  }
  if (kind === 'image') return { kind, url: await pictureUrl(blob, opening.later) }
  const url = URL.createObjectURL(blob)
  opening.later(() => URL.revokeObjectURL(url))
  return kind === 'audio' || kind === 'video' ? { kind, url, verified: 'whole' } : { kind, url }
}

/** All of it, verified; the browser keeps a large Blob on its disk. */
async function readWhole({ bucket, key, signal, progress }: Opening): Promise<Blob> {
  const { stream, res } = await clientOf(bucket).getStream(key, {
    signal,
    progress: ({ bytes, total }) => progress(total ? bytes / total : 0),
  })
  const blob = await toBlob(stream, kindOf(key).type)
  const seen = seenEnvelope(res.headers)
  setFinding(bucket, key, { kind: 'verified', timeMs: Date.now(), length: blob.size, seen })
  return blob
}

/** The browser's player asks for ranges, and gets them verified, through the service worker. */
async function openInParts(kind: 'audio' | 'video', { bucket, key, signal, later, fail }: Opening): Promise<Preview> {
  const object: RandomAccessObject = await clientOf(bucket).openRandomAccess(key, { signal })
  later(() => object.close())
  const length = await object.verifyLength({ signal })
  const url = mediaUrl({
    type: kindOf(key).type,
    length,
    read: async (start, end) => (await object.read({ start, end }, { signal })).content,
    failed: fail,
  })
  later(() => revokeMediaUrl(url))
  return { kind, url, verified: 'parts' }
}
