import type { JobPlan, Task } from 'osscrypt-jobs'
import { usageError } from '../command-error.js'
import { jobFilterOptions, jobRateOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'
import { formatBytes, formatTime } from '../terminal/amounts.js'
import { formatFacts } from '../terminal/facts.js'

const OPERATIONS = ['audit', 'encrypt', 'migrate', 'rewrap', 'verify'] as const satisfies readonly Task['operation'][]

export const jobsPlan: CommandSpec = {
  name: 'jobs plan',
  summary: 'say beforehand what a job would do and cost, at most',
  args: '<operation> <prefix>',
  details:
    'The operation is audit, encrypt, migrate, rewrap or verify. Only the listing is asked of OSS, and nothing of KMS: that every object has to be worked on is assumed. Without rates, nothing is said of the time. Prices are list prices of Hangzhou, to be checked, or those of a file of yours: JSON with currency, putPer10000, getPer10000, downPerGb and kmsPer10000.',
  cloud: true,
  options: [
    ...jobRateOptions,
    ['--prices <file>', 'prices of your own'],
    ['--to <arn>', 'of a rewrap: ARN of the new CMK; again for several', 'repeat'],
    ['--keep', 'of encrypt and migrate: keep what was there'],
    ...jobFilterOptions,
  ],
  examples: ['osscrypt jobs plan encrypt oss://my-bucket/ --rate-requests 1000'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [name = '', prefix = ''] = args
  const operation = OPERATIONS.find((each) => each === name)
  if (operation === undefined) throw usageError(`${JSON.stringify(name)} is none of ${OPERATIONS.join(', ')}`)
  const location = parsePrefix(prefix)
  const { planJob } = await import('osscrypt-jobs')
  const { openSession } = await import('../cloud/session.js')
  const { readJobSpec, readRates } = await import('../jobs/read-job.js')
  const { readPrices } = await import('../jobs/read-prices.js')
  const prices = await readPrices(flags.text('prices'), signal)
  const spec = readJobSpec(context, location, readTask(context, operation))
  const session = await openSession(context)
  const plan = await planJob(spec, {
    bucket: await session.rawStore(location.bucket),
    inventoryBucket: spec.inventory && (await session.rawStore(spec.inventory.bucket)),
    rates: readRates(context),
    prices,
    signal,
  })
  report.answer({ type: 'plan', operation, ...plan }, formatPlan(plan))
  return 'ok'
}

function readTask({ flags }: CommandContext, operation: Task['operation']): Task {
  const to = flags.list('to')
  if (operation === 'rewrap') {
    if (to.length === 0) throw usageError('no new CMK', 'give its ARN with --to')
    return { operation, to }
  }
  return operation === 'migrate' || operation === 'encrypt' ? { operation, keep: flags.on('keep') } : { operation }
}

function formatPlan({ objects, bytes, archived, cost, seconds, money }: JobPlan): readonly string[] {
  return formatFacts({
    objects,
    stored: formatBytes(bytes),
    archived: archived === 0 ? undefined : `${archived}, which would be skipped`,
    putRequests: cost.putRequests,
    getRequests: cost.getRequests,
    fromOss: formatBytes(cost.bytesDown),
    toOss: formatBytes(cost.bytesUp),
    kmsCalls: cost.kmsCalls,
    time: seconds === undefined ? undefined : formatTime(seconds),
    money: `${money.amount > 0 && money.amount < 0.01 ? 'less than 0.01' : money.amount.toFixed(2)} ${money.currency}`,
  })
}
