import type { WorkerEvent } from 'osscrypt-jobs/queue'
import { queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import { explainError } from '../explain-error.js'
import type { ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'

export const jobsWorker: CommandSpec = {
  name: 'jobs worker',
  summary: 'work on the queued jobs of buckets, beside workers on other machines',
  args: '<bucket...>',
  details:
    'Until Ctrl-C, when objects that are worked on come to their end and the rest is given back; or, with --until-done, until nothing is left to do. It takes jobs of the buckets that it is given only, and rewraps only to CMKs of its own configuration (cmk, read-cmk), whatever stands in Redis. When it is killed, others take over what it had.',
  cloud: true,
  options: [
    ...queueOptions,
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['--until-done', 'end when there is a job, and nothing is left to do'],
    ['--take-over-after <seconds>', 'how long a worker may be silent until others take its batches (default 30)'],
  ],
  examples: ['osscrypt jobs worker oss://my-bucket/ --until-done'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const buckets = args.map((arg) => parsePrefix(arg).bucket)
  const { readQueueAddress } = await import('../jobs/queue-address.js')
  const { refusalOf } = await import('../jobs/read-queued-task.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const { openSession } = await import('../cloud/session.js')
  const { runWorker } = await import('osscrypt-jobs/queue')
  const address = await readQueueAddress(context)
  const session = await openSession(context)
  const seconds = flags.number('takeOverAfter', 1, 3600)
  await runWorker(address, {
    workplaceOf: async (spec) => {
      const refusal = refusalOf(spec, buckets, session)
      if (refusal !== undefined) {
        report.note(`a job is left alone: ${refusal}`)
        return undefined
      }
      return {
        client: await session.client(spec.bucket),
        bucket: await session.rawStore(spec.bucket),
        inventoryBucket: spec.inventory && (await session.rawStore(spec.inventory.bucket)),
      }
    },
    jobs: readJobs(context, session.settings),
    untilDone: flags.on('untilDone'),
    takeOverAfterMs: seconds === undefined ? undefined : seconds * 1000,
    signal,
    notify: (event) => report.event({ ...factsOf(event), type: `job-${event.type}` }, describe(event)),
  })
  return 'ok'
}

function factsOf(event: WorkerEvent): Readonly<Record<string, unknown>> {
  if (event.type !== 'failed') return event
  const { code, message } = explainError(event.error)
  return { job: event.job, code, message }
}

function describe(event: WorkerEvent): string {
  const { job } = event
  switch (event.type) {
    case 'began':
      return `working on ${job}`
    case 'ended':
      return `no longer working on ${job}`
    case 'refused':
      return `left alone ${job}`
    case 'otherVersion':
      return `${job} was started by version ${event.version}, which is not this one`
    case 'failed': {
      const { code, message } = explainError(event.error)
      return `${job}: ${message} (${code})`
    }
  }
}
