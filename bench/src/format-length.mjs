/**
 * A number of bytes as it is written in names of results: 4 KiB, 1 GiB.
 *
 * @param {number} length
 */
export function formatLength(length) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  const power = units.findLastIndex((_, index) => length >= 1024 ** index)
  return `${length / 1024 ** power} ${units[power]}`
}
