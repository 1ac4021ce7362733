// Runs in Chromium, bundled by the tests: a page that sends files and saves objects, by what its tests tell it.
import { forgetUpload, listUnfinishedUploads, saveThroughWorker } from 'osscrypt/browser'
import { OssEncryptionClient, PresignedStore } from 'osscrypt/oss'

// What a page has, of which the types of this repository, which are Node's, do not tell.
const { navigator, indexedDB, document } = /** @type {any} */ (globalThis)

const KEY_ARN = 'acs:kms:cn-hangzhou:1:key/page'

/** @param {string} path @param {object} question @returns {Promise<any>} */
async function ask(path, question = {}) {
  const answer = await fetch(path, { method: 'POST', body: JSON.stringify(question) })
  return answer.json()
}

const dataKeys = {
  async generateDataKey() {
    const { wrapped, key } = await ask('/keys')
    const encryptedDataKeys = [{ keyArn: KEY_ARN, ciphertextBlob: Uint8Array.of(wrapped) }]
    return { dataKey: fromBase64(key), encryptedDataKeys }
  },
  async decryptDataKey(/** @type {any} */ { encryptedDataKeys }) {
    const { key } = await ask('/keys', { wrapped: encryptedDataKeys[0].ciphertextBlob[0] })
    return fromBase64(key)
  },
}

const store = new PresignedStore({
  sign: ({ operation: _operation, signal: _signal, ...request }) => ask('/sign', request),
})
const retry = { maxAttempts: 4, delayMs: () => 10 }
const client = new OssEncryptionClient({
  store,
  dataKeys,
  retry,
  multipartThreshold: 1024 * 1024,
  memoryLimit: 1024 * 1024,
})

const root = () => navigator.storage.getDirectory()

/** @type {Record<string, AbortController>} */
const controllers = {}

/** What a test calls by name; what it throws is told by name and code. */
const calls = {
  /** Sends the file that the user chose. */
  put: (/** @type {string} */ name, /** @type {object} */ options) => client.put(name, chosen(), options),

  /** Sends a file of the origin's own file system, by its handle. */
  putStored: async (/** @type {string} */ name, /** @type {string} */ file, /** @type {object} */ options) =>
    client.put(name, await (await root()).getFileHandle(file), options),

  /** Goes on with what the page finds unfinished, by the handle that is kept. */
  async putUnfinished(/** @type {string} */ checkpoint, /** @type {object} */ options) {
    const found = (await listUnfinishedUploads()).find((each) => each.checkpoint === checkpoint)
    if (!found?.handle) throw new Error('no handle')
    return client.put(found.name, found.handle, { ...options, checkpoint })
  },

  unfinished: async () =>
    (await listUnfinishedUploads()).map(({ handle, ...rest }) => ({ ...rest, hasHandle: handle !== undefined })),
  forget: forgetUpload,
  abort: (/** @type {string} */ name, /** @type {string} */ uploadId) => client.abortUpload(name, uploadId),

  async write(/** @type {string} */ file, /** @type {number} */ length, /** @type {number} */ seed) {
    const handle = await (await root()).getFileHandle(file, { create: true })
    const writable = await handle.createWritable()
    const piece = new Uint8Array(1024 * 1024)
    for (let start = 0; start < length; start += piece.length) {
      for (let index = 0; index < piece.length; index += 1) piece[index] = (index * 31 + start / 4096 + seed) & 255
      await writable.write(piece.subarray(0, Math.min(piece.length, length - start)))
    }
    await writable.close()
  },

  /** Reads an object into a file of the origin's own file system: by its handle, or by its name. */
  async getInto(
    /** @type {string} */ name,
    /** @type {string} */ file,
    /** @type {any} */ { byName = false, ...options } = {},
  ) {
    const directory = await root()
    await client.get(
      name,
      byName ? { directory, name: file } : await directory.getFileHandle(file, { create: true }),
      options,
    )
  },

  /** Saves an object among the browser's downloads. What it goes by is kept under a name, to be ended by. */
  async save(/** @type {string} */ name, /** @type {any} */ { abortAs = '', ...options } = {}) {
    const registration = await navigator.serviceWorker.register('/download-worker.js', { type: 'module' })
    const controller = new AbortController()
    Object.assign(controllers, { [abortAs]: controller })
    const steps = /** @type {any[]} */ ([])
    const progress = (/** @type {any} */ step) => void steps.push(step)
    await saveThroughWorker(client, name, { registration, signal: controller.signal, progress, ...options })
    return steps.at(-1)
  },
  abortSaving: async (/** @type {string} */ as) => controllers[as]?.abort(),

  /** Length and SHA-256 of a file of the origin's own file system; null when there is none. */
  async look(/** @type {string} */ file) {
    const handle = await (await root()).getFileHandle(file).catch(() => null)
    if (!handle) return null
    const bytes = await (await handle.getFile()).arrayBuffer()
    return { length: bytes.byteLength, sha256: hex(await crypto.subtle.digest('SHA-256', bytes)) }
  },

  /** Everything that IndexedDB keeps of uploads, as text. */
  kept: async () => JSON.stringify(await inStore('uploads', (records) => records.getAll())),
  leases: () => inStore('locks', (records) => records.getAll()),

  /** Ends all leases, or has them be somebody else's. */
  async endLeases(/** @type {string | undefined} */ holder) {
    for (const lease of await inStore('locks', (records) => records.getAll())) {
      const until = holder === undefined ? 0 : lease.until
      await inStore('locks', (records) => records.put({ ...lease, until, holder: holder ?? lease.holder }))
    }
  },
}

/** @param {string} name @param {(store: any) => any} work @returns {Promise<any>} */
async function inStore(name, work) {
  const answered = (/** @type {any} */ request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const database = /** @type {any} */ (await answered(indexedDB.open('osscrypt')))
  try {
    return await answered(work(database.transaction(name, 'readwrite').objectStore(name)))
  } finally {
    database.close()
  }
}

function chosen() {
  const file = document.querySelector('input')?.files?.[0]
  if (!file) throw new Error('no file was chosen')
  return file
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** @param {ArrayBuffer} bytes */
function hex(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param {keyof typeof calls} call @param {any[]} given */
async function run(call, ...given) {
  try {
    return { result: await /** @type {any} */ (calls[call])(...given) }
  } catch (error) {
    const { name, code, message, cause } = /** @type {any} */ (error)
    return { error: { name, code, message, cause: cause?.name } }
  }
}

Object.assign(globalThis, { run, ready: true })
