import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { readSettings } from './page-client.mjs'
import { runCases } from './report.mjs'

await readSettings()
// @ts-expect-error: a worker's; the types are Node's
postMessage(await runCases({ ...messageCases, ...objectCases('worker') }))
