/**
 * How many rounds at most, and how many whatever the time; and when there is no further one.
 *
 * @typedef {{ rounds: number; leastRounds?: number; budgetMs?: number }} TurnLimits
 */

/**
 * Measures several things in turn, round by round, each round beginning with another; for a baseline that more than one thing is compared with, and
 * for what takes long: no round begins when the time is up.
 *
 * @template {string} Name
 * @template Figure
 * @param {Readonly<Record<Name, () => Figure | Promise<Figure>>>} measures Warmed up already.
 * @param {TurnLimits} limits
 * @returns {Promise<Record<Name, Figure[]>>} what each gave in each round
 */
export async function takeTurns(measures, { rounds, budgetMs = Infinity, leastRounds = 1 }) {
  const names = /** @type {Name[]} */ (Object.keys(measures))
  const figures = /** @type {Record<Name, Figure[]>} */ ({})
  for (const name of names) figures[name] = []
  const startMs = performance.now()
  for (let round = 0; round < rounds; round += 1) {
    if (round >= leastRounds && performance.now() - startMs > budgetMs) break
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = /** @type {Name} */ (names[(round + turn) % names.length])
      // What the one before left behind is not to be cleaned up in the next one's time.
      globalThis.gc?.()
      figures[name].push(await measures[name]())
    }
  }
  return figures
}
