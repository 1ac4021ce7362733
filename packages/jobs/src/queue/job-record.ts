import { randomBytes } from 'node:crypto'
import { assertFinite, assertSpec, type JobSpec } from '../job.js'
import { assertRates, type Rates } from '../runner/rate-limiter.js'
import type { Count } from '../runner/totals.js'
import { PACKAGE_VERSION, PROTOCOL } from './package-version.js'
import { QueueError } from './queue-error.js'
import { runScript } from './scripts.js'
import type { JobQueue } from './redis-connection.js'

/** What somebody wants of a job. Whether it is finished is seen by what there is left to do. */
export type WantedState = 'running' | 'paused' | 'cancelled'

/** What does not change of a job. */
export interface JobSettings {
  readonly spec: JobSpec
  /** Of all workers together. */
  readonly rates: Rates
  /** Objects of a batch. */
  readonly batchLength: number
  /** How often objects of a batch are begun that fail in ways that may pass. */
  readonly attempts: number
  /** Until the second attempt; twice as long until the third, and so on. */
  readonly backoffMs: number
}

/** How far a job is listed. */
export interface ListingPosition {
  /** Where to go on; undefined at the start. */
  readonly cursor: string | undefined
  /** What is queued, or was. */
  readonly batches: number
  readonly objects: number
  readonly bytes: number
  /** Whether that is all. */
  readonly listed: boolean
}

/** A job as Redis keeps it. */
export interface JobRecord {
  readonly id: string
  /** Made anew with the job: a job that was forgotten and started again is another one, whatever workers still think of its name. */
  readonly run: string
  readonly settings: JobSettings
  readonly state: WantedState
  readonly createdAt: Date
  /** Of the package that started it. */
  readonly version: string
  readonly listing: ListingPosition
  /** What was counted before. */
  readonly expected: Count | undefined
}

/** @throws RangeError for an id that is none. */
function assertJobId(id: string): void {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(id))
    throw new RangeError('a job is named by up to 64 letters, digits, `.`, `_` and `-`')
}

/**
 * Writes a new job down. One that is there with the same specification is gone on with.
 *
 * @throws QueueError `OtherJob`.
 */
export async function createRecord({ client, keys }: JobQueue, id: string, settings: JobSettings): Promise<void> {
  assertJobId(id)
  assertSettings(settings)
  const text = JSON.stringify(settings)
  const createdAt = Date.now()
  const isNew = await client.hsetnx(keys.job(id), 'settings', text)
  if (isNew === 0) {
    const [known, state] = await client.hmget(keys.job(id), 'settings', 'state')
    if (known !== text) throw new QueueError('OtherJob', `there is another job of the name ${id}`)
    if (state === 'cancelled') throw new QueueError('JobEnded', `the job ${id} was cancelled`)
  }
  // Again where a process ended in between.
  for (const [field, value] of [
    ['run', randomBytes(9).toString('base64url')],
    ['protocol', PROTOCOL],
    ['version', PACKAGE_VERSION],
    ['createdAt', createdAt],
    ['state', 'running'],
  ] as const)
    await client.hsetnx(keys.job(id), field, value)
  await client.zadd(keys.jobs, 'NX', createdAt, id)
}

/** @throws QueueError: `UnknownJob`, `OtherProtocol`, `QueueDamaged`. */
export async function readRecord({ client, keys }: JobQueue, id: string): Promise<JobRecord> {
  assertJobId(id)
  const fields = await client.hgetall(keys.job(id))
  const { settings, protocol, version = '', state, createdAt, run } = fields
  if (settings === undefined || state === undefined || run === undefined)
    throw new QueueError('UnknownJob', `there is no job ${id}`)
  if (protocol !== String(PROTOCOL))
    throw new QueueError(
      'OtherProtocol',
      `the job ${id} was started by version ${version} of osscrypt-jobs, which keeps jobs otherwise than ${PACKAGE_VERSION}`,
    )
  return {
    id,
    run,
    settings: parseSettings(id, settings),
    state: parseState(id, state),
    createdAt: new Date(Number(createdAt)),
    version,
    listing: {
      // Redis has no undefined.
      cursor: fields['cursor'] === '' ? undefined : fields['cursor'],
      batches: Number(fields['batches'] ?? 0),
      objects: Number(fields['objects'] ?? 0),
      bytes: Number(fields['bytes'] ?? 0),
      listed: fields['listed'] === '1',
    },
    expected: parseCount(id, fields['expected']),
  }
}

/** What somebody wants of the job now; undefined when it is gone. */
export async function readState({ client, keys }: JobQueue, id: string): Promise<WantedState | undefined> {
  const state = await client.hget(keys.job(id), 'state')
  return state === null ? undefined : parseState(id, state)
}

/**
 * Changes what is wanted of a job.
 *
 * @throws QueueError: `UnknownJob`; `JobEnded` when it was cancelled.
 */
export async function changeState(queue: JobQueue, id: string, to: WantedState): Promise<void> {
  assertJobId(id)
  const from: readonly WantedState[] = to === 'cancelled' ? ['running', 'paused', 'cancelled'] : ['running', 'paused']
  const changed = await runScript(queue.client, 'changeState', [queue.keys.job(id)], [to, ...from])
  if (changed === 1) return
  const state = await readState(queue, id)
  if (state === undefined) throw new QueueError('UnknownJob', `there is no job ${id}`)
  throw new QueueError('JobEnded', `the job ${id} was cancelled`)
}

/** @throws TypeError, RangeError for what no job can be. */
function assertSettings({ spec, rates, batchLength, attempts, backoffMs }: JobSettings): void {
  assertSpec(spec)
  assertRates(rates)
  for (const [name, rate] of Object.entries(rates) as [string, number | undefined][]) assertFinite(name, rate)
  assertFinite('backoffMs', backoffMs)
  if (!(Number.isInteger(batchLength) && batchLength > 0 && batchLength <= 1000))
    throw new RangeError('batchLength is from 1 to 1000 objects')
  if (!(Number.isInteger(attempts) && attempts > 0)) throw new RangeError('attempts is how often an object is begun')
  if (!(backoffMs >= 0)) throw new RangeError('backoffMs is a time')
}

function parseSettings(id: string, text: string): JobSettings {
  try {
    const settings = JSON.parse(text) as JobSettings
    assertSettings(settings)
    return settings
  } catch (error) {
    throw new QueueError('QueueDamaged', `what is there of the job ${id} makes no sense`, { cause: error })
  }
}

function parseCount(id: string, text: string | undefined): Count | undefined {
  if (text === undefined) return undefined
  const found = /^{"objects":(\d{1,15}),"bytes":(\d{1,16})}$/.exec(text)
  if (!found) throw new QueueError('QueueDamaged', `what is there of the job ${id} makes no sense`)
  return { objects: Number(found[1]), bytes: Number(found[2]) }
}

/** @throws RangeError for what could not be read again. */
export function encodeCount({ objects, bytes }: Count): string {
  for (const [name, value] of Object.entries({ objects, bytes }))
    if (!(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name} of what is expected is a whole number`)
  return JSON.stringify({ objects, bytes })
}

function parseState(id: string, text: string): WantedState {
  if (text === 'running' || text === 'paused' || text === 'cancelled') return text
  throw new QueueError('QueueDamaged', `what is there of the job ${id} makes no sense`)
}
