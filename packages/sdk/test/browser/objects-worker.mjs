import { messageCases } from './message-cases.mjs'
import { objectCases } from './object-cases.mjs'
import { runCases } from './report.mjs'

postMessage(await runCases({ ...messageCases, ...objectCases('worker') }))
