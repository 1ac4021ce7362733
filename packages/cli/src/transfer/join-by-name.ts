import { CommandError } from '../command-error.js'
import { compareNames } from './list-files.js'

interface Named {
  readonly name: string
}

/**
 * Two listings side by side: what has the same name in both comes together, and what is in one alone comes alone. Neither is held in memory.
 *
 * @throws CommandError `Unordered` when a listing is not in order: what is in both could then be taken for what is in one alone.
 */
export async function* joinByName<A extends Named, B extends Named>(
  left: AsyncIterable<A>,
  right: AsyncIterable<B>,
): AsyncGenerator<readonly [A | undefined, B | undefined]> {
  const [a, b] = [inOrder(left), inOrder(right)]
  try {
    let [one, other] = await Promise.all([a.next(), b.next()])
    while (!one.done || !other.done) {
      const order = one.done ? 1 : other.done ? -1 : compareNames(one.value.name, other.value.name)
      yield [order <= 0 && !one.done ? one.value : undefined, order >= 0 && !other.done ? other.value : undefined]
      const [nextOne, nextOther] = await Promise.all([order <= 0 ? a.next() : one, order >= 0 ? b.next() : other])
      one = nextOne
      other = nextOther
    }
  } finally {
    await Promise.all([a.return(undefined), b.return(undefined)])
  }
}

async function* inOrder<Item extends Named>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let before: string | undefined
  for await (const item of items) {
    if (before !== undefined && compareNames(before, item.name) >= 0) {
      throw new CommandError('failure', 'Unordered', `a listing is not in order: ${before} came before ${item.name}`)
    }
    before = item.name
    yield item
  }
}
