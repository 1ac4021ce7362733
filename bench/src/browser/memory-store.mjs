// A store in a page's memory, which takes and gives bytes as fast as they are copied.

/** @typedef {import('osscrypt/oss').ObjectStore} ObjectStore */
/** @typedef {{ headers: Record<string, string>; lengths: number[] }} Stored */

/** As a network gives them. */
const PIECE_LENGTH = 64 * 1024

/** Room for a part: of the default length, and its overhead. */
const PART_ROOM = 9 * 2 ** 20

/**
 * A store with room for one object at a time, which is taken beforehand: new memory costs as much time as encrypting it.
 *
 * @param {number} length Of the longest object.
 * @returns {ObjectStore}
 */
export function createMemoryStore(length) {
  const room = new Uint8Array((Math.ceil(length / 2 ** 23) + 1) * PART_ROOM).fill(1)
  /** @type {Stored} */
  let stored = { headers: {}, lengths: [] }

  /** @param {number} number @param {import('osscrypt/oss').UploadBody} body */
  const take = async (number, body) => {
    let end = (number - 1) * PART_ROOM
    for await (const piece of body.open()) {
      room.set(piece, end)
      end += piece.length
    }
    stored.lengths[number - 1] = end - (number - 1) * PART_ROOM
  }
  /** @param {import('osscrypt/oss').StoreRequestOptions & { mime?: string | undefined }} options */
  const begin = ({ headers = {}, mime = 'application/octet-stream' }) => {
    const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
    stored = { headers: { ...Object.fromEntries(own), 'content-type': mime }, lengths: [] }
  }
  const done = { status: 200, headers: { etag: '"object"' } }
  const total = () => stored.lengths.reduce((sum, each) => sum + each, 0)
  const describe = (/** @type {number} */ contentLength) => ({
    ...stored.headers,
    etag: '"object"',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    'content-length': String(contentLength),
  })

  /** @param {number} start @param {number} end */
  async function* read(start, end) {
    let at = 0
    for (const [index, partLength] of stored.lengths.entries()) {
      const [first, last] = [Math.max(start - at, 0), Math.min(end - at, partLength)]
      const part = room.subarray(index * PART_ROOM)
      for (let from = first; from < last; from += PIECE_LENGTH)
        yield part.subarray(from, Math.min(from + PIECE_LENGTH, last))
      at += partLength
    }
  }

  return {
    async put(_name, body, options) {
      begin(options)
      await take(1, body)
      return done
    },
    async get(_name, { range }) {
      const length = total()
      const start = range ? (range.start < 0 ? length + range.start : range.start) : 0
      const end = Math.min(range?.end ?? Infinity, length - 1) + 1
      const headers = {
        ...describe(end - start),
        ...(range && { 'content-range': `bytes ${start}-${end - 1}/${length}` }),
      }
      return { status: range ? 206 : 200, headers, body: read(start, end) }
    },
    head: async () => ({ status: 200, headers: describe(total()) }),
    delete: async () => ({ status: 204, headers: {} }),
    copy: async () => {
      throw new Error('nothing is copied here')
    },
    multipart: {
      async initiate(_name, options) {
        begin(options)
        return 'upload'
      },
      async uploadPart(_name, _uploadId, number, body) {
        await take(number, body)
        return { status: 200, headers: { etag: `"${number}"` } }
      },
      complete: async () => done,
      abort: async () => undefined,
      listUploads: async () => [],
    },
  }
}
