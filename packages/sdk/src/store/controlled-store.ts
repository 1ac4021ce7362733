import { onAbort } from '../retry/on-abort.js'
import type { MetadataStore, MultipartStore, ObjectStore, StoreRequestOptions } from './object-store.js'

/** So long a store has to end a request that was aborted: what comes after it is then not overtaken. */
const GRACE_MS = 100

/**
 * A store whose requests have a limit of their own, and end for whoever waits for them as soon as their signal is aborted, whatever the store does
 * later.
 *
 * @param idleTimeoutMs How long a request may stand still where it says nothing else.
 */
export function controlledStore(store: ObjectStore, idleTimeoutMs: number): ObjectStore {
  const limited = <Options extends StoreRequestOptions>(options: Options): Options => {
    return { ...options, idleTimeoutMs: options.idleTimeoutMs ?? idleTimeoutMs }
  }
  const { multipart, metadata } = store
  return {
    bucket: store.bucket,
    put: async (name, body, options) => ended(options, store.put(name, body, limited(options))),
    get: async (name, options) => ended(options, store.get(name, limited(options))),
    head: async (name, options) => ended(options, store.head(name, limited(options))),
    delete: async (name, options) => ended(options, store.delete(name, limited(options))),
    copy: async (name, source, options) => ended(options, store.copy(name, source, limited(options))),
    multipart: multipart && controlledMultipart(multipart, limited),
    metadata: metadata && controlledMetadata(metadata, limited),
  }
}

type Limited = <Options extends StoreRequestOptions>(options: Options) => Options

/** An answer, or the signal's reason when a request that was ended does not end. */
function ended<Answer>({ signal }: StoreRequestOptions, answer: Promise<Answer>): Promise<Answer> {
  if (!signal) return answer
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const giveUp = () => {
      reject(signal.reason as Error)
    }
    const unlisten = onAbort(signal, () => {
      timer = setTimeout(giveUp, GRACE_MS)
    })
    const stop = () => {
      unlisten()
      clearTimeout(timer)
    }
    if (signal.aborted) giveUp()
    answer.then(resolve, reject).finally(stop)
  })
}

function controlledMultipart(store: MultipartStore, limited: Limited): MultipartStore {
  return {
    initiate: async (name, options) => ended(options, store.initiate(name, limited(options))),
    uploadPart: async (name, uploadId, number, body, options) =>
      ended(options, store.uploadPart(name, uploadId, number, body, limited(options))),
    complete: async (name, uploadId, parts, options) =>
      ended(options, store.complete(name, uploadId, parts, limited(options))),
    abort: async (name, uploadId, options) => ended(options, store.abort(name, uploadId, limited(options))),
    listUploads: async (prefix, options) => ended(options, store.listUploads(prefix, limited(options))),
  }
}

function controlledMetadata(store: MetadataStore, limited: Limited): MetadataStore {
  const tags = store.tags?.bind(store)
  return {
    acl: async (name, options) => ended(options, store.acl(name, limited(options))),
    replace: async (name, options) => ended(options, store.replace(name, limited(options))),
    ...(tags && { tags: async (name, options) => ended(options, tags(name, limited(options))) }),
  }
}
