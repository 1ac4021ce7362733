import { quote } from '../bytes/quote.js'
import { FormatError, IntegrityError } from '../errors.js'
import type { ObjectStore } from '../store/object-store.js'

/**
 * Reads an object; when its bytes do not authenticate, the error says of which object they were, and what is likelier than an attack where somebody on
 * the way says that they have encoded them.
 *
 * @param read Reads with the store that it is given.
 */
export async function explainIntegrity<Parts extends { readonly store: ObjectStore }, Result>(
  parts: Parts,
  key: string,
  read: (parts: Parts) => Promise<Result>,
): Promise<Result> {
  let encoding: string | undefined
  const { store } = parts
  const watched: ObjectStore = {
    bucket: store.bucket,
    multipart: store.multipart,
    metadata: store.metadata,
    get: async (name, options) => {
      const answer = await store.get(name, options)
      encoding ??= answer.headers['content-encoding']
      return answer
    },
    put: (...args) => store.put(...args),
    head: (...args) => store.head(...args),
    delete: (...args) => store.delete(...args),
    copy: (...args) => store.copy(...args),
  }
  try {
    return await read({ ...parts, store: watched })
  } catch (error) {
    const cause = encoding === undefined ? '' : causeOf(encoding)
    if (error instanceof IntegrityError) throw new IntegrityError(`${quote(key)}: ${error.message}${cause}`)
    if (!(error instanceof FormatError) || cause === '') throw error
    throw new FormatError(`${error.message}${cause}`, error.code as ConstructorParameters<typeof FormatError>[1])
  }
}

function causeOf(encoding: string): string {
  const named = /^[\w, -]{1,60}$/.test(encoding) ? encoding : 'of some kind'
  return `. It came with Content-Encoding ${named}: a CDN or proxy that compresses what it passes on would do that`
}
