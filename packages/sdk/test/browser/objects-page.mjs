// Runs in Chromium, bundled by the test: in a page, and once more in a worker of its.
import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { report, runCases } from './report.mjs'

const inPage = await runCases({ ...messageCases, ...objectCases('page') })
const worker = new Worker(new URL('./objects-worker.mjs', import.meta.url), { type: 'module' })
const inWorker = await new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data)
  worker.onerror = ({ message }) => reject(new Error(message))
})
const named = (/** @type {string} */ place, /** @type {Record<string, string>} */ results) =>
  Object.entries(results).map(([name, result]) => [`${place}: ${name}`, result])
await report(Object.fromEntries([...named('page', inPage), ...named('worker', inWorker)]))
