// Runs on servers and runners that have no pages, bundled by the test as for a browser: all that the pages run.
import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { readSettings } from './page-client.mjs'
import { report, runCases, server } from './report.mjs'
import { runVectors } from './vector-cases.mjs'

/** @param {string} origin Of the test's server. */
export async function runPortableTests(origin) {
  server.origin = origin
  await readSettings()
  const cases = await runCases({ ...messageCases, ...objectCases('elsewhere') })
  await report({ ...cases, ...(await runVectors()) })
}
