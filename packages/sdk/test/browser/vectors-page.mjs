// Runs in Chromium, bundled by the test.
import { report } from './report.mjs'
import { runVectors } from './vector-cases.mjs'

await report(await runVectors())
