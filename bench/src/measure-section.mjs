// node --expose-gc measure-section.mjs SECTION [--quick]: measures one section and sends its results to the parent process.
import { createBench } from './compete.mjs'

const [, , name = '', flag] = process.argv
// Nobody is there any more to take the results.
process.once('disconnect', () => process.exit(1))
const { run } = /** @type {{ run: import('./result.js').RunSection }} */ (await import(`./sections/${name}.mjs`))
const { bench, results } = createBench(flag === '--quick')
await run(bench)
process.send?.(results, () => process.exit())
