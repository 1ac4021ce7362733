#!/usr/bin/env node
import { runCommand } from './command/run.js'

const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      resolve()
      // Whoever asks twice does not want to wait.
      process.once('SIGINT', () => process.exit(1))
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })

// The reader of the output may have gone; that is no reason to end.
process.stdout.on('error', () => undefined)

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  untilStopped,
})
