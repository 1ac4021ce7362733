import { CommanderError, type Command } from 'commander'
import { usageError } from './command-error.js'
import { exitCode, type ExitName } from './exit-codes.js'
import { Flags } from './flags.js'
import { Interruption, onInterruption } from './interruption.js'
import { commands } from './commands.js'
import { createProgram } from './program.js'
import { progressStyles } from './terminal/progress.js'
import { Report } from './terminal/report.js'

/** Runs the command that the arguments name, to its end; what the process is to exit with. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const controller = new AbortController()
  const stopListening = onInterruption(controller)
  const output = { isRead: true }
  process.stdout.on('error', () => {
    // Whoever read it has gone: `osscrypt cat … | head`. What is under way is tidied up.
    output.isRead = false
    controller.abort(new Interruption('nobody reads stdout'))
  })
  let report: Report | undefined
  let subject: string | undefined
  let exit: ExitName = 'ok'
  const program = createProgram(commands, async (spec, context) => {
    report = openReport(context.flags)
    subject = subjectOf(context.args)
    const ended = await spec.run({ ...context, report, signal: controller.signal, commands, env: process.env })
    exit = controller.signal.aborted ? 'interrupted' : (ended ?? 'ok')
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    report ??= openReport(new Flags(flagsSoFar(program)))
    if (controller.signal.aborted) {
      if (output.isRead) report.interrupted(controller.signal.reason as Interruption)
      exit = 'interrupted'
    } else if (error instanceof CommanderError) {
      exit = error.exitCode === 0 ? 'ok' : 'usage'
      // Help that was shown for want of a command says it all.
      if (exit !== 'ok' && error.code !== 'commander.help') report.failure(refusal(error))
    } else exit = report.failure(error, isOfService(error) ? subject : undefined)
  }
  report?.close()
  if (output.isRead) await Promise.all([process.stdout, process.stderr].map((stream) => flushed(stream)))
  stopListening()
  return exitCode(output.isRead ? exit : 'failure')
}

function openReport(flags: Flags): Report {
  const [json, quiet, verbose, debug] = ['json', 'quiet', 'verbose', 'debug'].map((name) => flags.on(name))
  const [progress, logFile] = [flags.choice('progress', progressStyles) ?? 'auto', flags.text('logFile')]
  return new Report({
    json: json === true,
    quiet: quiet === true,
    verbose: verbose === true,
    debug: debug === true,
    progress,
    logFile,
  })
}

/** What a command line is about, where it names one object, or a source and a target: what a service says names neither. */
function subjectOf(args: readonly string[]): string | undefined {
  const isOne = args.length <= 2 && args.some((arg) => arg.startsWith('oss://'))
  return isOne ? args.join(' -> ') : undefined
}

function isOfService(error: unknown): boolean {
  return error instanceof Error && 'service' in error
}

/** What was understood of a command line that is wrong: how to say so. */
function flagsSoFar(program: Command): Record<string, unknown> {
  const all = [program, ...program.commands, ...program.commands.flatMap(({ commands: below }) => below)]
  const values = all.map((command) => command.opts<Record<string, unknown>>())
  const given = (name: string) => values.some((value) => value[name] === true)
  return Object.fromEntries(['json', 'quiet', 'debug'].map((name) => [name, given(name)]))
}

function refusal({ message }: CommanderError): Error {
  const [says = '', ...more] = message.replace(/^error: /, '').split('\n')
  return usageError([says, ...more].join(' '), '--help shows what there is')
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
