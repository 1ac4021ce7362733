// Runs in Chromium, bundled by the test: in a page, and once more in a worker of its.
import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { readSettings } from './page-client.mjs'
import { report, runCases } from './report.mjs'

await readSettings()
const inPage = await runCases({ ...messageCases, ...objectCases('page') })
// @ts-expect-error: a page's, which bundlers know by these words; the types are Node's
const worker = new Worker(new URL('./objects-worker.mjs', import.meta.url), { type: 'module' })
/** @type {Record<string, string>} */
const inWorker = await new Promise((resolve, reject) => {
  worker.onmessage = (/** @type {{ data: Record<string, string> }} */ { data }) => resolve(data)
  worker.onerror = (/** @type {{ message: string }} */ { message }) => reject(new Error(message))
})
/** @param {string} place @param {Record<string, string>} results */
const named = (place, results) => Object.entries(results).map(([name, result]) => [`${place}: ${name}`, result])
await report(Object.fromEntries([...named('page', inPage), ...named('worker', inWorker)]))
