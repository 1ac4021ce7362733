import { setMaxListeners } from 'node:events'
import type { ListedObject } from '../objects/listed-object.js'
import type { SourcePage } from '../objects/source-page.js'
import type { Outcome } from '../operations/outcome.js'

/** So many pages are begun while the first is not finished: one large object does not keep all that come behind it waiting. */
const OPEN_PAGES = 8

/** An object, and where it stands. */
export interface PlacedObject {
  readonly object: ListedObject
  /** Of all pages of the job. */
  readonly page: number
  /** Within the page. */
  readonly index: number
}

/** What is done with pages and their objects. */
export interface PagesWork {
  /** The number of the first page. */
  readonly firstPage: number
  /** Objects that are worked on at a time. */
  readonly jobs: number
  readonly signal?: AbortSignal | undefined
  /** Told of each page before its objects. */
  begin(page: SourcePage): void
  run(placed: PlacedObject, signal: AbortSignal): Promise<Outcome>
  /** Takes what came of the objects of a page, in their order: page after page. */
  finish(page: FinishedPage): Promise<void>
}

/** A page of whose objects it is known what came of them. */
export interface FinishedPage extends Pick<SourcePage, 'cursor'> {
  readonly number: number
  readonly outcomes: readonly Outcome[]
}

/** A page that is begun. It does not hold its objects, as whoever waits may hold it for long. */
interface OpenPage extends FinishedPage {
  outcomes: Outcome[]
  /** Objects of which it is not known what comes of them. */
  left: number
}

/**
 * Works on the objects of pages, some at a time, in their order or nearly so.
 *
 * @throws the first error of the pages or the work; the signal's reason. What is under way is waited for.
 */
export async function runPages(pages: AsyncIterable<SourcePage>, work: PagesWork): Promise<void> {
  const open: OpenPage[] = []
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(work.signal ? [work.signal] : [])])
  // Every request listens.
  setMaxListeners(0, signal)
  let wake = (): void => undefined
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)

  let finishing: Promise<void> | undefined
  /** Nobody waits for it but who has to have room for another page. */
  const finishPages = (): void => {
    finishing ??= (async () => {
      for (let first = open[0]; first?.left === 0; first = open[0]) {
        await work.finish(first)
        first.outcomes = []
        open.shift()
        wake()
      }
    })()
      .catch((error: unknown) => failure.abort(error))
      .finally(() => {
        finishing = undefined
        // One may have come to its end when this had looked for the last time.
        if (open[0]?.left === 0 && !failure.signal.aborted) finishPages()
      })
  }

  async function* placedObjects(): AsyncGenerator<readonly [OpenPage, PlacedObject]> {
    let number = work.firstPage
    for await (const page of pages) {
      work.begin(page)
      const opened: OpenPage = { cursor: page.cursor, number: number++, outcomes: [], left: page.objects.length }
      open.push(opened)
      if (opened.left === 0) finishPages()
      for (const [index, object] of page.objects.entries()) yield [opened, { object, page: opened.number, index }]
      while (open.length >= OPEN_PAGES) {
        signal.throwIfAborted()
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  }

  const placed = placedObjects()
  const takeTurns = async () => {
    for (;;) {
      signal.throwIfAborted()
      // The generator answers one after the other: each object is taken once.
      const next = await placed.next()
      if (next.done === true) return
      const [page, object] = next.value
      page.outcomes[object.index] = await work.run(object, signal)
      if (--page.left === 0) finishPages()
    }
  }
  const workers = Array.from({ length: work.jobs }, () =>
    takeTurns().catch((error: unknown) => {
      failure.abort(error)
      throw error
    }),
  )
  const settled = await Promise.allSettled(workers)
  await placed.return(undefined)
  while (finishing) await finishing
  signal.removeEventListener('abort', onAbort)
  const rejected = settled.find((each) => each.status === 'rejected')
  if (rejected) throw rejected.reason
  signal.throwIfAborted()
}
