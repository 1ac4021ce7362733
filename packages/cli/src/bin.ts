const args = process.argv.slice(2)

// The version is asked for by scripts, often: nothing else is loaded for it.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const { readVersion } = await import('./version.js')
  process.stdout.write(`${await readVersion()}\n`)
} else {
  const { runProgram } = await import('./run-program.js')
  process.exit(await runProgram(args))
}
