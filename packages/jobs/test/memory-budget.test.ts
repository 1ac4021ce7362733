import { expect, test } from 'vitest'
import { MemoryBudget } from '../src/operations/memory-budget.js'

const MIB = 1024 * 1024

/** Work that ends when it is told to, and what of it has begun. */
function useBudget() {
  const budget = new MemoryBudget()
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const start = (name: string, mib: number) => {
    const cost = { putRequests: 0, getRequests: 0, bytesDown: mib * MIB, bytesUp: 0, kmsCalls: 0 }
    const done = budget.run(cost, async () => {
      begun.push(name)
      await new Promise<void>((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())))
    })
    done.catch(() => undefined)
    return done
  }
  return { begun, start, end: (name: string, error?: Error) => ends.get(name)?.(error) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('large objects wait for each other, and those that come behind wait for them', async () => {
  const { begun, start, end } = useBudget()
  const first = start('first', 10_000)
  void start('small', 0.01)
  void start('second', 20)
  void start('third', 20)
  void start('small behind it', 0.01)
  await turn()
  expect(begun).toEqual(['first', 'small', 'second'])
  end('first', new Error('failed'))
  await expect(first).rejects.toThrow('failed')
  await turn()
  expect(begun).toEqual(['first', 'small', 'second', 'third', 'small behind it'])
})

test('any number of small objects goes on at a time', async () => {
  const { begun, start } = useBudget()
  for (let index = 0; index < 500; index++) void start(String(index), 0.05)
  await turn()
  expect(begun.length).toBe(500)
})
