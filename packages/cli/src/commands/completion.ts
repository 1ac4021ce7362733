import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const completion: CommandSpec = {
  name: 'completion',
  summary: 'print what completes the command in a shell',
  args: '<shell>',
  details: 'The shell is bash, zsh or fish. Load it in the shell’s start-up file, as the examples do.',
  cloud: false,
  options: [],
  examples: ['source <(osscrypt completion bash)', 'osscrypt completion fish > osscrypt.fish'],
  run,
}

async function run({ args, report, commands }: CommandContext): Promise<ExitName> {
  const { writeCompletion } = await import('../completion/write-completion.js')
  const text = writeCompletion(args[0] ?? '', commands)
  if (text === undefined) throw usageError('completion is for bash, zsh and fish')
  report.answer({ type: 'completion', shell: args[0], script: text }, text.split('\n'))
  return 'ok'
}
