import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { onAbort } from '../../src/retry/on-abort.js'
import { abortable, wait } from '../../src/retry/retry.js'

describe('listening to a signal', () => {
  test('calls everybody, in their order, once', () => {
    const { signal, abort } = controller()
    const called: number[] = []
    const note = () => called.push(0)
    onAbort(signal, note)
    onAbort(signal, note)
    onAbort(signal, () => called.push(1))
    abort()
    abort()
    expect(called).toEqual([0, 0, 1])
  })

  test('has one listener, and none when nobody listens', () => {
    const { signal } = controller()
    const ends = Array.from({ length: 30 }, () => onAbort(signal, () => undefined))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    for (const end of ends) end()
    for (const end of ends) end()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('goes on with a new listener where the last was the end', () => {
    const { signal, abort } = controller()
    const called: string[] = []
    onAbort(signal, () => called.push('gone'))()
    const end = onAbort(signal, () => called.push('there'))
    onAbort(signal, () => undefined)()
    abort()
    end()
    expect(called).toEqual(['there'])
  })

  test('that is aborted already calls nobody, and keeps nothing', () => {
    const { signal, abort } = controller()
    abort()
    onAbort(signal, () => expect.fail())()
    expect(getEventListeners(signal, 'abort')).toEqual([])
    onAbort(undefined, () => expect.fail())()
  })

  test('is what waiting does, too', async () => {
    const { signal, abort } = controller()
    const waiting = Array.from({ length: 20 }, () => wait(10_000, signal))
    const working = Array.from({ length: 20 }, () => abortable(new Promise(() => undefined), signal))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    abort()
    const settled = await Promise.allSettled([...waiting, ...working])
    expect(settled.every((each) => each.status === 'rejected' && each.reason === signal.reason)).toBe(true)
  })
})

function controller() {
  const made = new AbortController()
  return {
    signal: made.signal,
    abort: () => {
      made.abort()
    },
  }
}
