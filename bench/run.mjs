// npm run bench [-- --quick] [--json] [--only SECTION]...
// Measures osscrypt side by side with its peers, each section in a process of its own; README.md says what and how.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { drawChart } from './src/draw-chart.mjs'
import { installPeers } from './src/install-peers.mjs'
import { describeMachine } from './src/machine.mjs'
import { formatSection } from './src/format-results.mjs'
import { writeResults } from './src/write-results.mjs'
import { sections } from './src/sections.mjs'

process.exitCode = await main()

async function main() {
  let options
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
      },
    })
    options = values
    const unknown = values.only.find((name) => !sections.some((section) => section.name === name))
    if (unknown !== undefined) throw new Error(`no section "${unknown}"`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error('usage: npm run bench [-- [--quick] [--json] [--only SECTION]...]')
    console.error(`sections: ${sections.map(({ name }) => name).join(', ')}`)
    return 2
  }
  installPeers()
  const machine = describeMachine()
  const startMs = performance.now()
  /** @type {import('./src/result.js').SectionResults[]} */
  const measured = []
  for (const { name, title, full } of sections) {
    const wanted = options.only.length > 0 ? options.only.includes(name) : !(options.quick && full)
    if (!wanted) continue
    if (!options.json) console.log(`\n${title}`)
    const results = await measureSection(name, options.quick)
    measured.push({ name, title, results })
    if (!options.json) console.log(formatSection(results))
  }
  const run = { ...machine, quick: options.quick, elapsedMs: Math.round(performance.now() - startMs) }
  if (options.json) {
    const results = measured.flatMap(({ name, results }) => results.map((result) => ({ ...result, section: name })))
    console.log(JSON.stringify({ ...run, results }, null, 2))
  }
  if (!options.quick && options.only.length === 0) {
    writeResults(run, measured)
    drawChart(measured.flatMap(({ results }) => results))
  }
  return 0
}

/**
 * @param {string} name
 * @param {boolean} quick
 * @returns {Promise<import('./src/result.js').Result[]>}
 */
function measureSection(name, quick) {
  const script = fileURLToPath(new URL('src/measure-section.mjs', import.meta.url))
  return new Promise((resolve, reject) => {
    // What a section prints is how far it is; results come as a message.
    const child = fork(script, [name, ...(quick ? ['--quick'] : [])], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    /** @type {import('./src/result.js').Result[] | undefined} */
    let results
    child.once('message', (message) => {
      results = /** @type {import('./src/result.js').Result[]} */ (message)
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (results && code === 0) resolve(results)
      else reject(new Error(`the section ${name} failed (exit code ${code})`))
    })
  })
}
