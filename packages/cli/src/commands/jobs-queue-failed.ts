import type { FailureCode } from 'osscrypt-jobs'
import { queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeOutcomeObject } from '../jobs/describe-outcome.js'
import { count } from '../terminal/amounts.js'

export const jobsFailed: CommandSpec = {
  name: 'jobs failed',
  summary: 'list the objects of a queued job that failed, after all attempts',
  args: '<job>',
  cloud: false,
  options: queueOptions,
  examples: ['osscrypt jobs failed audit-1'],
  run: showFailed,
}

export const jobsRequeue: CommandSpec = {
  name: 'jobs requeue',
  summary: 'have objects of a queued job that failed worked on again',
  args: '<job>',
  details: 'When what they failed for has passed, or was repaired. Until then they count as not done.',
  cloud: false,
  options: [...queueOptions, ['--code <code>', 'only those that failed with it; again for several', 'repeat']],
  examples: ['osscrypt jobs requeue audit-1 --code AccessDenied'],
  run: requeue,
}

async function showFailed(context: CommandContext): Promise<ExitName> {
  const { args, report, signal } = context
  const [job = ''] = args
  const { withQueue } = await import('../jobs/queue-address.js')
  const { listFailed, readStatus } = await import('osscrypt-jobs/queue')
  return withQueue(context, async (queue) => {
    const { spec } = await readStatus(queue, job)
    for await (const { name, version, code, message = '', length } of listFailed(queue, job)) {
      signal.throwIfAborted()
      const object = describeOutcomeObject(spec.bucket, { name, version })
      report.answer(
        { type: 'failed', object, code, message, length },
        `${object}: ${message} (${code ?? 'Unexpected'})`,
      )
    }
    return 'ok' as const
  })
}

async function requeue(context: CommandContext): Promise<ExitName> {
  const { args, flags, report } = context
  const [job = ''] = args
  const codes = flags.list('code') as readonly FailureCode[]
  const { withQueue } = await import('../jobs/queue-address.js')
  const { requeueFailed } = await import('osscrypt-jobs/queue')
  const objects = await withQueue(context, (queue) =>
    requeueFailed(queue, job, { codes: codes.length > 0 ? codes : undefined }),
  )
  report.event({ type: 'requeued', job, objects }, `${count(objects, 'object')} requeued`)
  return 'ok'
}
