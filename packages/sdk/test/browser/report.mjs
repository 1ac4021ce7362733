// What every program of these tests does: runs cases, asks its server for what a page has not, and tells it what came of them.

const CASE_TIMEOUT_MS = 20_000

/** The program's own server; a page is from there, others are told. */
export const server = { origin: '' }

/** @typedef {Readonly<Record<string, () => Promise<void>>>} Cases */

/** Runs cases one after the other.
 * @param {Cases} cases
 */
export async function runCases(cases) {
  /** @type {Record<string, string>} */
  const results = {}
  for (const [name, run] of Object.entries(cases)) {
    results[name] = await inTime(run()).then(
      () => 'passed',
      (/** @type {unknown} */ error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
  }
  return results
}

/** @param {Promise<void>} running */
function inTime(running) {
  return Promise.race([
    running,
    new Promise((_resolve, reject) => setTimeout(() => reject(new Error('it does not end')), CASE_TIMEOUT_MS)),
  ])
}

/** @param {Record<string, string>} results */
export async function report(results) {
  await fetch(`${server.origin}/results`, { method: 'POST', body: JSON.stringify(results) })
}

/** What the page's own server answers.
 * @param {string} path
 * @param {unknown} question
 * @returns {Promise<any>} as the test's answers have it
 */
export async function ask(path, question) {
  const answer = await fetch(`${server.origin}/${path}`, { method: 'POST', body: JSON.stringify(question) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

/** @param {number} length */
export function random(length) {
  const bytes = new Uint8Array(length)
  for (let start = 0; start < length; start += 65_536) crypto.getRandomValues(bytes.subarray(start, start + 65_536))
  return bytes
}

/** @param {Uint8Array} left @param {Uint8Array} right */
export function same(left, right) {
  if (left.length !== right.length || left.some((byte, index) => byte !== right[index])) throw new Error('other bytes')
}

/** @param {string} name @param {() => Promise<unknown>} work */
export async function fails(name, work) {
  const error = await work().then(
    () => undefined,
    (/** @type {unknown} */ thrown) => /** @type {Error} */ (thrown),
  )
  if (error?.name !== name) throw new Error(`${name} was to be thrown, and not ${String(error?.stack ?? error)}`)
}

/** @param {AsyncIterable<Uint8Array>} source */
export async function joined(source) {
  const parts = /** @type {Uint8Array<ArrayBuffer>[]} */ ([])
  for await (const part of source) parts.push(new Uint8Array(part))
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
