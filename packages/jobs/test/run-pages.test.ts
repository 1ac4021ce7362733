import { expect, test } from 'vitest'
import { runPages, type FinishedPage, type PagesWork } from '../src/runner/run-pages.js'
import type { Outcome } from 'osscrypt-jobs'

const object = (name: string) => ({ name, length: 1, lastModified: new Date(0), storageClass: 'Standard' })

/** So many pages of three objects, the last of which has none. */
async function* pagesOf(count: number) {
  for (let page = 0; page < count; page++) {
    const objects = page === count - 1 ? [] : [0, 1, 2].map((index) => object(`${String(page)}.${String(index)}`))
    yield { objects, cursor: `cursor ${String(page)}` }
  }
}

const done = (name: string): Outcome => ({ name, length: 1, status: 'done' })

function workOf(run: (name: string) => Promise<void>): PagesWork & { readonly finished: string[]; begun: number } {
  const finished: string[] = []
  const work = {
    firstPage: 5,
    jobs: 2,
    begun: 0,
    finished,
    begin: () => {
      work.begun++
    },
    run: async ({ object: { name } }: { readonly object: { readonly name: string } }) => {
      await run(name)
      return done(name)
    },
    finish: async ({ cursor, number, outcomes }: FinishedPage) => {
      finished.push(`${String(number)} ${String(cursor)}: ${outcomes.map(({ name }) => name).join(' ')}`)
    },
  }
  return work
}

test('one object that takes long keeps those of some pages behind it not waiting, and all are told of in order', async () => {
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const ran: string[] = []
  const work = workOf(async (name) => {
    if (name === '0.0') await held
    ran.push(name)
  })
  const running = runPages(pagesOf(20), work)
  await expect.poll(() => ran.length).toBe(8 * 3 - 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect({ begun: work.begun, finished: work.finished }).toEqual({ begun: 8, finished: [] })
  letGo()
  await running
  expect(work.finished).toHaveLength(20)
  expect(work.finished[0]).toBe('5 cursor 0: 0.0 0.1 0.2')
  expect(work.finished[18]).toBe('23 cursor 18: 18.0 18.1 18.2')
  expect(work.finished[19]).toBe('24 cursor 19: ')
})

test('the first failure ends it, and nothing of its page, or behind it, is told of', async () => {
  const work = workOf(async (name) => {
    if (name === '2.1') throw new Error('broken')
  })
  await expect(runPages(pagesOf(20), work)).rejects.toThrow('broken')
  expect(work.finished).toEqual(['5 cursor 0: 0.0 0.1 0.2', '6 cursor 1: 1.0 1.1 1.2'])
})

test('an abort ends it, also while all wait', async () => {
  const stop = new AbortController()
  const work: PagesWork = {
    ...workOf(async () => undefined),
    signal: stop.signal,
    run: ({ object: { name } }, signal) =>
      name === '0.0'
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
        : Promise.resolve(done(name)),
  }
  const running = runPages(pagesOf(20), work)
  setTimeout(() => stop.abort(new Error('stopped')), 20)
  await expect(running).rejects.toThrow('stopped')
})

test('what goes wrong with the pages, or with what is told of, is thrown', async () => {
  async function* broken() {
    yield* pagesOf(3)
    throw new Error('no more')
  }
  await expect(
    runPages(
      broken(),
      workOf(async () => undefined),
    ),
  ).rejects.toThrow('no more')
  const work = { ...workOf(async () => undefined), finish: () => Promise.reject(new Error('disk full')) }
  await expect(runPages(pagesOf(20), work)).rejects.toThrow('disk full')
})
