/**
 * The middle of some figures; of an even number, the mean of the two in the middle.
 *
 * @param {readonly number[]} figures
 */
export function median(figures) {
  const sorted = [...figures].sort((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}
