import { CommandError } from '../command-error.js'
import { chooseOptions, readOptions, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const verify: CommandSpec = {
  name: 'verify',
  summary: 'read objects whole, and say whether they are intact',
  args: '<object...>',
  details:
    'Nothing is written, and nothing kept: no disk is needed. Objects that are not encrypted are failures. What is not intact is listed at the end, and the exit code is 5 then, whatever else failed.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    versionOption,
    ...chooseOptions,
    ...readOptions,
  ],
  examples: [
    'osscrypt verify oss://my-bucket/report.pdf',
    'osscrypt verify -r oss://my-bucket/photos/',
    "osscrypt verify 'oss://my-bucket/photos/*.jpg'",
  ],
  run,
}

/** Read, and nothing known by it. */
function notVerifiable(object: string): CommandError {
  return new CommandError(
    'refused',
    'NotVerifiable',
    `nothing in ${object} can be verified: it is of a format without integrity`,
    'only its source can tell whether it is what was stored',
  )
}

async function run(context: CommandContext): Promise<ExitName> {
  const { report, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { readJobs, readReadOptions } = await import('../transfer/transfer-options.js')
  const { areSeveral, objectSteps, readMeantObjects } = await import('../work/object-steps.js')
  const { runAll } = await import('../work/run-all.js')
  const meant = await readMeantObjects(context)
  const session = await openSession(context)
  const read = readReadOptions(context)
  const steps = objectSteps(session, meant, signal, async ({ bucket, key, storedLength }, object, asked) => {
    const client = await session.client(bucket)
    const { update, end } = report.progress.track('verifying', storedLength)
    let bytes = 0
    const progress: typeof update = (step) => {
      bytes = step.total ?? step.bytes
      update(step)
    }
    try {
      const { verified } = await client.verify(key, { ...read, signal: asked, progress })
      if (!verified) throw notVerifiable(object)
      return { kind: 'done', bytes, event: { type: 'verified', object, intact: true }, text: `intact ${object}` }
    } finally {
      end()
    }
  })
  const tally = await runAll(steps, { report, signal, jobs: readJobs(context, session.settings), dealing: 'reading' })
  if (tally.total === 0) throw new CommandError('notFound', 'NotFound', 'there is nothing there')
  if (areSeveral(meant)) tally.report(report, 'intact')
  return tally.exit
}
