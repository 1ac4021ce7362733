import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { runCases } from './report.mjs'

// @ts-expect-error: a worker's; the types are Node's
postMessage(await runCases({ ...messageCases, ...objectCases('worker') }))
