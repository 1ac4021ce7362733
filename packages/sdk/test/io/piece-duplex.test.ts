import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { PieceDuplex } from '../../src/io/piece-duplex.js'

test('whoever asks again when the end has come is told again that it is the end', async () => {
  const duplex = new PieceDuplex(async function* (pieces) {
    const iterator = pieces[Symbol.asyncIterator]()
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    for (let time = 0; time < 3; time += 1) expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
  duplex.end('abc')
  expect(String(await buffer(duplex))).toBe('abc')
})
