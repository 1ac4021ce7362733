import { operationOf, type JobSpec } from '../job.js'
import { jobObjects, type JobBuckets } from '../job-objects.js'
import { isArchived } from '../objects/listed-object.js'
import type { Cost } from '../operations/operation.js'
import type { Rates } from '../runner/rate-limiter.js'
import { hangzhouPrices, type Prices } from './prices.js'

/** How a job is planned. */
export interface PlanOptions extends JobBuckets {
  /** What the job is to take a second; without any, nothing is said of its time. */
  readonly rates?: Rates | undefined
  /** Default: list prices of Standard storage in Hangzhou. */
  readonly prices?: Prices | undefined
}

/** What a job would do at most, as the listing tells: that every object is one that it has to work on is assumed. Retries are not counted. */
export interface JobPlan {
  readonly objects: number
  readonly bytes: number
  /** Objects in archive classes, which would be skipped; they are among `objects`. */
  readonly archived: number
  readonly cost: Cost
  /** Undefined without rates. */
  readonly seconds: number | undefined
  readonly money: { readonly currency: string; readonly amount: number }
}

/** Lists what a job is about, and says what it would take. Nothing but the listing is asked of OSS, and nothing of KMS. */
export async function planJob(spec: JobSpec, options: PlanOptions): Promise<JobPlan> {
  const operation = operationOf(spec.task)
  const { rates = {}, prices = hangzhouPrices } = options
  const counts = { objects: 0, bytes: 0, archived: 0 }
  let cost: Cost = { putRequests: 0, getRequests: 0, bytesDown: 0, bytesUp: 0, kmsCalls: 0 }
  for await (const { objects } of jobObjects(spec, options)) {
    // The listing is billed as PUT; the job lists once more.
    if (!spec.inventory) cost = { ...cost, putRequests: cost.putRequests + 1 }
    for (const object of objects) {
      counts.objects++
      counts.bytes += object.length
      if (isArchived(object)) counts.archived++
      else cost = addCosts(cost, operation.cost(object))
    }
  }
  return { ...counts, cost, seconds: secondsOf(cost, rates), money: moneyOf(cost, prices) }
}

function addCosts(left: Cost, right: Cost): Cost {
  return {
    putRequests: left.putRequests + right.putRequests,
    getRequests: left.getRequests + right.getRequests,
    bytesDown: left.bytesDown + right.bytesDown,
    bytesUp: left.bytesUp + right.bytesUp,
    kmsCalls: left.kmsCalls + right.kmsCalls,
  }
}

function secondsOf(cost: Cost, { ossRequests, bytes, kmsCalls }: Rates): number | undefined {
  const times = [
    ossRequests && (cost.putRequests + cost.getRequests) / ossRequests,
    bytes && (cost.bytesDown + cost.bytesUp) / bytes,
    kmsCalls && cost.kmsCalls / kmsCalls,
  ].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.max(...times)
}

function moneyOf(cost: Cost, prices: Prices): JobPlan['money'] {
  const amount =
    (cost.putRequests * prices.putPer10000 +
      cost.getRequests * prices.getPer10000 +
      cost.kmsCalls * prices.kmsPer10000) /
      10_000 +
    (cost.bytesDown * prices.downPerGb) / 1024 ** 3
  return { currency: prices.currency, amount }
}
