import { concatBytes } from '../bytes/concat.js'
import { ServiceError, type ServiceErrorCode } from '../errors.js'
import type { ObjectStore, UploadBody } from '../store/object-store.js'
import { lyingStoreCases } from './lying-store-cases.js'
import { demand, printError, rejection, sameBytes, suiteCase, type SuiteCase } from './suite.js'

/** What {@link objectStoreSuite} tests, and how it is made. */
export interface ObjectStoreSuiteOptions {
  /** Makes a store for one case. All of them are over one bucket, which is the suite's alone. */
  readonly create: () => ObjectStore | Promise<ObjectStore>
  /** Text that must not be in any error, such as the secret key. */
  readonly secrets?: readonly string[] | undefined
}

const META = { 'x-oss-meta-colour': 'blue', 'x-oss-meta-x-oss-meta-header': 'TUlJ' }

/** Bytes of a part that is not the last: OSS takes no fewer. */
const PART_LENGTH = 100 * 1024

/**
 * What every {@link ObjectStore} has to do, as cases for any test runner. They send requests where the store sends them. In the
 * last ones an encrypting client reads through the store, and what the store answers is falsified on the way: nobody may get other bytes for it.
 */
export function objectStoreSuite({ create, secrets = [] }: ObjectStoreSuiteOptions): SuiteCase[] {
  const given = (name: string, body: (store: ObjectStore) => Promise<void>) => suiteCase(name, create, body)
  const bytes = pattern(300_000)
  const put = (store: ObjectStore, name: string, content = bytes, headers: Record<string, string> = META) =>
    store.put(name, bodyOf(content), { headers, mime: 'application/octet-stream' })

  return [
    given('stores bytes and metadata, and gives them back', async (store) => {
      const stored = await put(store, 'suite/object')
      demand(stored.status === 200, `put answered with status ${stored.status}`)
      const { status, headers, body } = await store.get('suite/object', {})
      demand(status === 200, `get answered with status ${status}`)
      demand(sameBytes(await read(body), bytes), 'other bytes came back')
      demand(headers['content-length'] === String(bytes.length), 'no Content-Length, or a wrong one')
      demand(/^"?[\w-]+"?$/.test(headers['etag'] ?? ''), 'no ETag')
      requireMeta(headers)
    }),
    given('sends bodies that are read while they go, of known and of unknown length', async (store) => {
      for (const length of [bytes.length, undefined]) {
        await store.put('suite/streamed', { ...bodyOf(bytes), length, bytes: undefined }, { headers: META })
        demand(sameBytes(await read((await store.get('suite/streamed', {})).body), bytes), 'other bytes came back')
      }
    }),
    given('stores nothing', async (store) => {
      await put(store, 'suite/empty', new Uint8Array(0))
      const { body } = await store.get('suite/empty', {})
      demand((await read(body)).length === 0, 'an empty object came back with bytes')
    }),
    given('passes on what reading a body fails with, and stores nothing', async (store) => {
      const failure = new Error('the source failed')
      const failing = async function* () {
        yield bytes.subarray(0, 1000)
        throw failure
      }
      const body = { length: bytes.length, rereadable: false, open: failing }
      const error = await rejection(store.put('suite/failed', body, { headers: META }), 'a body that failed was stored')
      demand(error === failure, 'the failure of the body was not passed on as it was')
      await requireFailure(store.head('suite/failed', {}), ['NotFound'], 'of a body that failed, an object was stored')
    }),
    given('tells the headers of an object', async (store) => {
      await put(store, 'suite/object')
      const { headers } = await store.head('suite/object', {})
      demand(headers['content-length'] === String(bytes.length), 'no Content-Length, or a wrong one')
      requireMeta(headers)
    }),
    given('reads ranges from the start, from the end, and to the end', async (store) => {
      await put(store, 'suite/object')
      for (const [range, from, to] of [
        [{ start: 0, end: 0 }, 0, 1],
        [{ start: 1000, end: 1999 }, 1000, 2000],
        [{ start: 299_000 }, 299_000, 300_000],
        [{ start: -10 }, 299_990, 300_000],
        [{ start: 299_999, end: 400_000 }, 299_999, 300_000],
      ] as const) {
        const { status, headers, body } = await store.get('suite/object', { range })
        demand(status === 206, `a range was answered with status ${status}`)
        const said = headers['content-range']
        demand(said === `bytes ${from}-${to - 1}/${bytes.length}`, `Content-Range says ${String(said)}`)
        demand(sameBytes(await read(body), bytes.subarray(from, to)), 'other bytes than those of the range came')
      }
    }),
    given('refuses a range outside the object', async (store) => {
      await put(store, 'suite/object')
      await requireFailure(store.get('suite/object', { range: { start: 300_000 } }), ['InvalidRange'], 'no refusal')
    }),
    given('says that an object is not there', async (store) => {
      await requireFailure(store.get('suite/missing', {}), ['NotFound'], 'a missing object was read')
      await requireFailure(store.head('suite/missing', {}), ['NotFound'], 'a missing object has headers')
    }),
    given('deletes, also what is not there', async (store) => {
      await put(store, 'suite/gone')
      await store.delete('suite/gone', {})
      await store.delete('suite/gone', {})
      await requireFailure(store.head('suite/gone', {}), ['NotFound'], 'a deleted object is there')
    }),
    given('honours conditions, and says which object was there', async (store) => {
      await put(store, 'suite/object')
      const { headers } = await store.head('suite/object', {})
      const read = (etag: string) => store.get('suite/object', { headers: { 'If-Match': etag } })
      await drain((await read(headers['etag'] ?? '')).body)
      await requireFailure(read('"00000000000000000000000000000000"'), ['PreconditionFailed'], 'If-Match was ignored')
      const again = put(store, 'suite/object', bytes, { 'x-oss-forbid-overwrite': 'true' })
      const error = await requireFailure(again, ['Rejected'], 'x-oss-forbid-overwrite was ignored')
      demand(error.serviceCode === 'FileAlreadyExists', 'the service’s code is not in the error')
    }),
    given('copies with the metadata, on condition', async (store) => {
      await put(store, 'suite/object')
      const { headers } = await store.head('suite/object', {})
      const condition = (etag: string) => ({ headers: { 'x-oss-copy-source-if-match': etag } })
      await store.copy('suite/copy of +%&', 'suite/object', condition(headers['etag'] ?? ''))
      const copy = await store.get('suite/copy of +%&', {})
      requireMeta(copy.headers)
      demand(sameBytes(await read(copy.body), bytes), 'other bytes were copied')
      const other = store.copy('suite/copy', 'suite/object', condition('"00000000000000000000000000000000"'))
      await requireFailure(other, ['PreconditionFailed'], 'the condition was ignored')
    }),
    given('takes names that URLs and XML have to encode', async (store) => {
      for (const name of [
        'suite/ü 部门 😀',
        'suite/a+b%20c?d#e',
        'suite/"<&>\'',
        'suite/a//b',
        'suite/tab\tline\u0001',
      ]) {
        await put(store, name, bytes.subarray(0, 10))
        demand(sameBytes(await read((await store.get(name, {})).body), bytes.subarray(0, 10)), `${name} is not found`)
        await store.delete(name, {})
      }
    }),
    given('ends with the signal’s reason, before and while it sends', async (store) => {
      const reason = new Error('enough')
      await requireReason(store.head('suite/object', { signal: AbortSignal.abort(reason) }), reason)
      const controller = new AbortController()
      const slow = async function* () {
        yield bytes.subarray(0, 1000)
        controller.abort(reason)
        await new Promise((resolve) => setTimeout(resolve, 2000))
      }
      const body = { length: bytes.length, rereadable: false, open: slow }
      await requireReason(store.put('suite/aborted', body, { signal: controller.signal }), reason)
      await requireFailure(store.head('suite/aborted', {}), ['NotFound'], 'an aborted put was stored')
    }),
    given('lets bodies be left early, or not be read at all, again and again', async (store) => {
      await put(store, 'suite/object')
      for (let count = 0; count < 20; count += 1) {
        const controller = new AbortController()
        const { body } = await store.get('suite/object', { signal: controller.signal })
        if (count % 2 === 0) await body[Symbol.asyncIterator]().next()
        controller.abort()
      }
      demand(sameBytes(await read((await store.get('suite/object', {})).body), bytes), 'other bytes came back')
    }),
    given('tells nobody a secret, whatever fails', async (store) => {
      const error = await rejection(store.get('suite/missing', {}), 'a missing object was read')
      const printed = printError(error)
      demand(!/https?:\/\/|Signature|Authorization/i.test(printed), 'an error holds a URL or a signature')
      for (const secret of secrets) demand(!printed.includes(secret), 'an error holds a secret')
    }),
    ...multipartCases(given),
    ...metadataCases(given, put),
    ...lyingStoreCases(create),
  ]
}

type Given = (name: string, body: (store: ObjectStore) => Promise<void>) => SuiteCase

function multipartCases(given: Given): SuiteCase[] {
  const bytes = pattern(2 * PART_LENGTH + 5)
  const partOf = (number: number) => bytes.subarray((number - 1) * PART_LENGTH, number * PART_LENGTH)
  const withParts = (
    name: string,
    body: (store: ObjectStore, parts: NonNullable<ObjectStore['multipart']>) => Promise<void>,
  ) =>
    given(name, async (store) => {
      if (store.multipart) await body(store, store.multipart)
    })
  return [
    withParts('makes an object of parts that come in any order', async (store, multipart) => {
      const uploadId = await multipart.initiate('suite/parts', { headers: META, mime: 'text/plain' })
      const parts = []
      for (const number of [3, 1, 2]) {
        const content = partOf(number)
        const body = { ...bodyOf(content), length: content.length }
        const { headers } = await multipart.uploadPart('suite/parts', uploadId, number, body, {})
        demand(headers['etag'] !== undefined, 'a part came without an ETag')
        parts.push({ number, etag: headers['etag'] })
      }
      await multipart.complete(
        'suite/parts',
        uploadId,
        [...parts].sort((left, right) => left.number - right.number),
        {},
      )
      const { headers, body } = await store.get('suite/parts', {})
      demand(sameBytes(await read(body), bytes), 'other bytes came back')
      demand(headers['content-type']?.startsWith('text/plain') === true, 'the Content-Type was lost')
      requireMeta(headers)
    }),
    withParts('lists uploads, and aborts them, also those that are not there', async (store, multipart) => {
      const name = 'suite/pending <&> ü'
      const uploadId = await multipart.initiate(name, {})
      const listed = await multipart.listUploads('suite/pending', {})
      demand(
        listed.some((upload) => upload.name === name && upload.uploadId === uploadId),
        'an upload is not listed',
      )
      await multipart.abort(name, uploadId, {})
      await multipart.abort(name, uploadId, {})
      demand((await multipart.listUploads('suite/pending', {})).length === 0, 'an aborted upload is listed')
      await requireFailure(store.head(name, {}), ['NotFound'], 'an aborted upload made an object')
    }),
    withParts('never takes an abort without an id for a deletion', async (store, multipart) => {
      await store.put('suite/kept', bodyOf(bytes), {})
      await multipart.abort('suite/kept', '', {}).catch(() => undefined)
      await store.head('suite/kept', {})
    }),
  ]
}

function metadataCases(given: Given, put: (store: ObjectStore, name: string) => Promise<unknown>): SuiteCase[] {
  return [
    given('replaces metadata in place, on condition that the object is the same', async (store) => {
      const { metadata } = store
      if (!metadata) return
      await put(store, 'suite/replaced')
      demand((await metadata.acl('suite/replaced', {})) === 'default', 'the ACL of a new object is not `default`')
      const { headers } = await store.head('suite/replaced', {})
      const changed = { 'x-oss-meta-colour': 'green', 'content-type': 'text/plain' }
      await metadata.replace('suite/replaced', { headers: changed, ifMatch: headers['etag'] ?? '' })
      const now = (await store.head('suite/replaced', {})).headers
      demand(now['x-oss-meta-colour'] === 'green', 'the metadata is not what it was replaced by')
      demand(now['x-oss-meta-x-oss-meta-header'] === undefined, 'metadata that was not given is still there')
      const other = { headers: changed, ifMatch: '"00000000000000000000000000000000"' }
      await requireFailure(metadata.replace('suite/replaced', other), ['PreconditionFailed'], 'ifMatch was ignored')
    }),
  ]
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255)
}

function bodyOf(bytes: Uint8Array): UploadBody {
  const open = async function* () {
    for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536)
  }
  return { length: bytes.length, rereadable: true, bytes, open }
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(new Uint8Array(chunk))
  return concatBytes(...chunks)
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  await read(body)
}

function requireMeta(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(META)) demand(headers[name] === value, `${name} was lost or changed`)
}

async function requireReason(work: Promise<unknown>, reason: Error): Promise<void> {
  const error = await rejection(work, 'an aborted request did not end')
  demand(error === reason, 'an aborted request did not end with the signal’s reason')
}

async function requireFailure(
  work: Promise<unknown>,
  codes: readonly ServiceErrorCode[],
  otherwise: string,
): Promise<ServiceError> {
  const error = await rejection(work, otherwise)
  demand(error instanceof ServiceError, 'a failure is no ServiceError')
  demand(codes.includes(error.code), `the code of a failure is ${error.code}, not ${codes.join(' or ')}`)
  return error
}
