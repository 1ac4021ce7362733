import { forgetUpload, listUnfinishedUploads } from 'osscrypt/browser'
import type { ReadableFileHandle } from 'osscrypt/oss'
import { clientOf } from './clients.js'
import type { UploadFormat } from './upload-format.js'

/** What an upload is to be stored as. The name of its checkpoint says it, so that after a reload it is gone on with in the same way. */
export interface UploadPlan {
  readonly bucket: string
  readonly key: string
  readonly format: UploadFormat
  readonly replace: boolean
}

/** An upload that a page before this one did not finish. */
export interface Unfinished extends UploadPlan {
  readonly file: { readonly name: string; readonly length: number; readonly modifiedMs: number }
  readonly handle: ReadableFileHandle | undefined
  readonly sentLength: number
}

export function checkpointOf({ bucket, key, format, replace }: UploadPlan): string {
  return [format, replace ? 'replace' : 'new', bucket, key].join('/')
}

/** What can be gone on with. Empty where the browser keeps nothing, as in a private window. */
export async function listUnfinished(): Promise<readonly Unfinished[]> {
  try {
    const uploads = await listUnfinishedUploads()
    return uploads.flatMap(({ checkpoint, file, handle, sentLength, inUse }) => {
      const [, format, replace, bucket = '', key = ''] =
        /^(gcm|floe)\/(replace|new)\/([^/]+)\/(.+)$/s.exec(checkpoint) ?? []
      if (format === undefined || inUse) return []
      return [
        {
          bucket,
          key,
          format: format as UploadFormat,
          replace: replace === 'replace',
          file: { name: file.name, length: file.length, modifiedMs: file.modified.getTime() },
          handle,
          sentLength,
        },
      ]
    })
  } catch {
    return []
  }
}

/** Gives up an upload: what OSS has of it is deleted, and what is kept of it here. */
export async function abandonUpload(plan: UploadPlan): Promise<void> {
  const checkpoint = checkpointOf(plan)
  try {
    const known = (await listUnfinishedUploads()).find((upload) => upload.checkpoint === checkpoint)
    if (!known) return
    await clientOf(plan.bucket).abortUpload(plan.key, known.uploadId)
    await forgetUpload(checkpoint)
  } catch {
    // It stays among the unfinished ones, and can be given up again.
  }
}
