// Runs a script on Vercel's Edge Runtime, as the middleware of Next.js is, with ORIGIN; the script says by the promise `done` when it has ended.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { ORIGIN, OSSCRYPT_RUNTIMES = '' } = process.env
const { EdgeVM } = createRequire(`${OSSCRYPT_RUNTIMES}/`)('@edge-runtime/vm')
const vm = new EdgeVM({ extend: (/** @type {object} */ context) => Object.assign(context, { ORIGIN }) })
vm.evaluate(readFileSync(process.argv[2] ?? '', 'utf8'))
// Connections are kept open for a while.
await vm.context.done.then(
  () => process.exit(),
  (/** @type {unknown} */ error) => {
    console.error(error instanceof Error ? error.stack : error)
    process.exit(1)
  },
)
