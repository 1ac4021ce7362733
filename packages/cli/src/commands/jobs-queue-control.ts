import { queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsPause: CommandSpec = {
  name: 'jobs pause',
  summary: 'have no more objects of a queued job begun, on any machine',
  args: '<job>',
  details: 'Those that are worked on come to their end. `osscrypt jobs resume` goes on.',
  cloud: false,
  options: queueOptions,
  examples: ['osscrypt jobs pause audit-1'],
  run: async (context) => control(context, 'pauseJob', 'paused'),
}

export const jobsResume: CommandSpec = {
  name: 'jobs resume',
  summary: 'go on with a queued job that was paused',
  args: '<job>',
  cloud: false,
  options: queueOptions,
  examples: ['osscrypt jobs resume audit-1'],
  run: async (context) => control(context, 'resumeJob', 'resumed'),
}

export const jobsCancel: CommandSpec = {
  name: 'jobs cancel',
  summary: 'end a queued job for good',
  args: '<job>',
  details:
    'No more objects of it are begun; those that are worked on come to their end. What came of objects so far can still be read, unless --forget deletes all of the job in Redis, a finished one’s, too.',
  cloud: false,
  options: [...queueOptions, ['--forget', 'delete everything of the job, and what is known of its objects']],
  examples: ['osscrypt jobs cancel audit-1'],
  run: async (context) =>
    context.flags.on('forget')
      ? control(context, 'forgetJob', 'forgotten')
      : control(context, 'cancelJob', 'cancelled'),
}

async function control(
  context: CommandContext,
  name: 'pauseJob' | 'resumeJob' | 'cancelJob' | 'forgetJob',
  what: string,
): Promise<ExitName> {
  const [job = ''] = context.args
  const { withQueue } = await import('../jobs/queue-address.js')
  const { [name]: act } = await import('osscrypt-jobs/queue')
  await withQueue(context, (queue) => act(queue, job))
  context.report.event({ type: what, job }, `${what} ${job}`)
  return 'ok'
}
