import { readFileSync } from 'node:fs'

const args = process.argv.slice(2)

// The version is asked for by scripts, often: nothing else is loaded for it.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  process.stdout.write(`${version}\n`)
} else {
  const { runProgram } = await import('./run-program.js')
  await runProgram(args)
}
