import type { ObjectStore, StoreAnswer } from '../store/object-store.js'

type Answer = StoreAnswer & { readonly body: AsyncIterable<Uint8Array> }

/** What a store may answer a read with in place of the truth. */
export type Lie = (answer: Answer) => Answer

/** A store that tells the truth but for what it answers reads with. */
export function lyingStore(store: ObjectStore, lie: Lie): ObjectStore {
  return {
    put: (...given) => store.put(...given),
    get: async (...given) => lie(await store.get(...given)),
    head: (...given) => store.head(...given),
    delete: (...given) => store.delete(...given),
    copy: (...given) => store.copy(...given),
  }
}

/** Lies about an object, each of which a reader has to find out, or to be unharmed by. `harmless` where what was stored comes all the same. */
export const lies: Readonly<Record<string, { readonly lie: () => Lie; readonly harmless?: boolean }>> = {
  'changes a byte': { lie: () => withBody((bytes) => flipByte(bytes, 200)) },
  'changes the last byte': { lie: () => withBody(flipLast) },
  'ends early, and says nothing of it': { lie: () => withBody((bytes) => cutAt(bytes, 100)) },
  'ends early, and says that it is all': {
    lie: () => (answer) => relabel(withBody((bytes) => cutAt(bytes, 100))(answer), 100),
  },
  'sends more than there is': { lie: () => withBody(lengthen) },
  'sends nothing': { lie: () => withBody(() => none()) },
  'breaks every connection': { lie: () => withBody((bytes) => breakAt(bytes, 100)) },
  'stands still': { lie: () => withBody((bytes) => stallAt(bytes, 100)) },
  'says that the object is another one each time': {
    lie: () => {
      let count = 0
      return (answer) => withHeaders(answer, { etag: `"${String((count += 1)).padStart(32, '0')}"` })
    },
    harmless: true,
  },
  'sends another range than was asked for': { lie: () => shiftRange },
}

function withBody(change: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>): Lie {
  return (answer) => ({ ...answer, body: change(answer.body) })
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** Says that what comes is all there is. */
function relabel(answer: Answer, length: number): Answer {
  const range = answer.headers['content-range']?.replace(/-\d+\/\d+$/, `-${String(length - 1)}/${String(length)}`)
  return withHeaders(answer, {
    'content-length': String(length),
    ...(range !== undefined && { 'content-range': range }),
  })
}

/** The bytes of a range under the name of the one that starts sixteen bytes later. */
function shiftRange(answer: Answer): Answer {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  if (start === undefined) return { ...answer, body: flipByte(answer.body, 0) }
  const shifted = `bytes ${String(Number(start) + 16)}-${String(Number(end) + 16)}/${String(Number(total) + 16)}`
  return withHeaders(answer, { 'content-range': shifted })
}

async function* flipByte(bytes: AsyncIterable<Uint8Array>, at: number): AsyncGenerator<Uint8Array> {
  let position = 0
  for await (const chunk of bytes) {
    const copy = new Uint8Array(chunk)
    const index = at - position
    if (index >= 0 && index < copy.length) copy[index] = (copy[index] ?? 0) ^ 1
    position += copy.length
    yield copy
  }
}

async function* flipLast(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined
  for await (const chunk of bytes) {
    if (held) yield held
    held = new Uint8Array(chunk)
  }
  if (!held) return
  held[held.length - 1] = (held.at(-1) ?? 0) ^ 1
  yield held
}

async function* cutAt(bytes: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length
  for await (const chunk of bytes) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}

async function* lengthen(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes
  yield new Uint8Array(16)
}

async function* none(): AsyncGenerator<Uint8Array> {
  // Not a byte.
}

async function* breakAt(bytes: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  yield* cutAt(bytes, length)
  throw new Error('the connection broke')
}

async function* stallAt(bytes: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  yield* cutAt(bytes, length)
  await new Promise(() => undefined)
}
