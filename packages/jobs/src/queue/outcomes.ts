import { deflateRaw, inflateRaw } from 'node:zlib'
import { promisify } from 'node:util'
import type { Outcome } from '../operations/outcome.js'
import { countersOf } from './counters.js'
import type { JobRecord } from './job-record.js'
import { QueueError } from './queue-error.js'
import type { JobQueue } from './redis-connection.js'
import { runScript } from './scripts.js'

/**
 * What came of a job's objects, each of them once, whoever worked on it and however often. Of a batch that is finished that is one compressed value; of others, a
 * value for each object.
 */
export class Outcomes {
  readonly #queue: JobQueue
  readonly #id: string
  readonly #run: string
  #wasOver = false

  constructor(queue: JobQueue, { id, run }: Pick<JobRecord, 'id' | 'run'>) {
    this.#queue = queue
    this.#id = id
    this.#run = run
  }

  /** Whether the job is another one by now: what came of this one's objects is written down no more. */
  async isOver(): Promise<boolean> {
    const { client, keys } = this.#queue
    this.#wasOver = (await client.hget(keys.job(this.#id), 'run')) !== this.#run
    return this.#wasOver
  }

  /** Whether that was seen already, of whichever batch. */
  get wasOver(): boolean {
    return this.#wasOver
  }

  /** Whether all of a batch is known, and well. */
  async isFinished(batch: number): Promise<boolean> {
    const { client, keys } = this.#queue
    return (await client.hexists(keys.results(this.#id), String(batch))) === 1
  }

  /** What is known of a batch that is not finished, by the places of the objects in it. */
  async ofUnfinished(batch: number): Promise<Map<number, Outcome>> {
    const { client, keys } = this.#queue
    const known = await client.hgetall(keys.outcomes(this.#id, batch))
    return new Map(Object.entries(known).map(([index, text]) => [Number(index), JSON.parse(text) as Outcome]))
  }

  /** What is known of a batch, in the order of its objects. */
  async of(batch: number): Promise<readonly Outcome[]> {
    const { client, keys } = this.#queue
    const read = () => client.hgetBuffer(keys.results(this.#id), String(batch))
    const result = await read()
    if (result !== null) return decompress(result)
    const known = await this.ofUnfinished(batch)
    // It may have been finished in between.
    const later = known.size === 0 ? await read() : null
    if (later !== null) return decompress(later)
    return [...known].sort(([left], [right]) => left - right).map(([, outcome]) => outcome)
  }

  /**
   * Writes down what came of an object, and adds it to the totals, unless that is known already.
   *
   * @returns false when nothing is written down any more: see {@link isOver}.
   */
  async record(batch: number, index: number, outcome: Outcome): Promise<boolean> {
    const { client, keys } = this.#queue
    const id = this.#id
    const all = [keys.job(id), keys.results(id), keys.outcomes(id, batch), keys.totals(id)]
    const answer = await runScript(client, 'recordOutcome', all, [
      this.#run,
      batch,
      index,
      JSON.stringify(outcome),
      ...countersOf(outcome).flat(),
    ])
    if (answer === -1) this.#wasOver = true
    return answer !== -1
  }

  /** Forgets what came of an object, and takes it off the totals; whether it was still that. */
  async takeBack(batch: number, index: number, outcome: Outcome): Promise<boolean> {
    const { client, keys } = this.#queue
    const all = [keys.outcomes(this.#id, batch), keys.totals(this.#id)]
    const args = [index, JSON.stringify(outcome), ...countersOf(outcome).flat()]
    return (await runScript(client, 'takeBackOutcome', all, args)) === 1
  }

  /**
   * Puts a batch whose outcomes are all known away.
   *
   * @throws Error when one is not: it was taken back in the meantime.
   */
  async finish(batch: number, length: number): Promise<void> {
    const { client, keys } = this.#queue
    const id = this.#id
    const result = await compress(await this.of(batch))
    const all = [keys.job(id), keys.results(id), keys.outcomes(id, batch)]
    const done = await runScript(client, 'finishBatch', all, [this.#run, batch, result, length])
    if (done === -1) throw new Error('what came of the batch is not known of all of its objects')
  }
}

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

async function compress(outcomes: readonly Outcome[]): Promise<Buffer> {
  return deflate(JSON.stringify(outcomes))
}

/** Far more than a thousand outcomes with the longest of names. */
const MAX_RESULT_LENGTH = 64 * 1024 * 1024

async function decompress(result: Buffer): Promise<readonly Outcome[]> {
  try {
    return JSON.parse((await inflate(result, { maxOutputLength: MAX_RESULT_LENGTH })).toString()) as Outcome[]
  } catch (error) {
    throw new QueueError('QueueDamaged', 'what came of a batch cannot be read', { cause: error })
  }
}
