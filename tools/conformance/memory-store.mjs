// An object store in memory, in the place of OSS.
import { ServiceError } from 'osscrypt'
import { collect, inOnePiece } from './bytes.mjs'

/**
 * @typedef {import('osscrypt/oss').ObjectStore} ObjectStore
 * @typedef {{ headers: Record<string, string>, content: Uint8Array, etag: string }} StoredObject
 */

/** @param {Readonly<Record<string, string>>} headers */
const lowerCased = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

let stored = 0

/** No two contents have one ETag.
 * @param {Record<string, string>} headers
 * @param {Uint8Array} content
 * @returns {StoredObject}
 */
export function storedObject(headers, content) {
  stored += 1
  return { headers, content, etag: `"${stored}"` }
}

/**
 * An `ObjectStore` of as much as the conformance cases need: whole objects, and single ranges.
 *
 * @implements {ObjectStore}
 */
export class MemoryStore {
  /** @type {Map<string, StoredObject>} */
  objects = new Map()

  /** @type {ObjectStore['put']} */
  put = async (name, body, { headers = {} }) => {
    this.objects.set(name, storedObject(lowerCased(headers), await collect(body.open())))
    return { status: 200, headers: {} }
  }

  /** @type {ObjectStore['get']} */
  get = (name, { range }) => {
    const { headers, content, etag } = this.#find(name)
    if (!range)
      return Promise.resolve({
        status: 200,
        headers: { ...headers, etag, 'content-length': String(content.length) },
        body: inOnePiece(content),
      })
    const start = range.start < 0 ? Math.max(0, content.length + range.start) : range.start
    const end = Math.min(range.end ?? Infinity, content.length - 1)
    if (start > end)
      return Promise.reject(new ServiceError('InvalidRange', 'outside the object', { service: 'oss', status: 416 }))
    const part = content.subarray(start, end + 1)
    const contentRange = `bytes ${start}-${end}/${content.length}`
    return Promise.resolve({
      status: 206,
      headers: {
        ...headers,
        etag,
        'content-length': String(part.length),
        'content-range': contentRange,
      },
      body: inOnePiece(part),
    })
  }

  /** @type {ObjectStore['head']} */
  head = (name) => {
    const { headers, content } = this.#find(name)
    return Promise.resolve({ status: 200, headers: { ...headers, 'content-length': String(content.length) } })
  }

  /** @type {ObjectStore['delete']} */
  delete = (name) => {
    this.objects.delete(name)
    return Promise.resolve({ status: 204, headers: {} })
  }

  /** @type {ObjectStore['copy']} */
  copy = (name, sourceName) => {
    this.objects.set(name, this.#find(sourceName))
    return Promise.resolve({ status: 200, headers: {} })
  }

  /** @param {string} name */
  #find(name) {
    const found = this.objects.get(name)
    if (!found) throw new ServiceError('NotFound', 'no such object', { service: 'oss', status: 404 })
    return found
  }
}
