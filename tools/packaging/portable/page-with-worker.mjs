// A page's program, which a worker of its does, too; it says what came of both.
import { outcomeOf } from './outcome.mjs'

// @ts-expect-error: a page's, which bundlers know by these words; the types are Node's
const worker = new Worker(new URL('./page-worker.mjs', import.meta.url), { type: 'module' })
/** @type {Promise<string>} */
const inWorker = new Promise((resolve) => {
  worker.onmessage = (/** @type {{ data: string }} */ { data }) => resolve(data)
  worker.onerror = (/** @type {{ message?: string }} */ { message }) =>
    resolve(`the worker: ${message ?? 'not loaded'}`)
})
void Promise.all([outcomeOf('page'), inWorker]).then((outcomes) => {
  console.log('outcomes', JSON.stringify(outcomes))
})
