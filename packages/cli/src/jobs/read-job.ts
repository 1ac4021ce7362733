import type { JobSpec, Rates, Task } from 'osscrypt-jobs'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { parseObject, type ObjectLocation } from '../location.js'

type Told = Pick<CommandContext, 'flags'>

const MOST_BYTES = 1e15
const MIB = 1024 * 1024

/** What a job is: the task, and which objects it is about. @throws CommandError for what is no such thing. */
export function readJobSpec({ flags }: Told, { bucket, key }: ObjectLocation, task: Task): JobSpec {
  const list = (name: string) => (flags.list(name).length > 0 ? flags.list(name) : undefined)
  const manifest = flags.text('inventory')
  const inventory = manifest === undefined ? undefined : parseObject(manifest)
  const filter = given({
    include: list('include'),
    exclude: list('exclude'),
    minLength: flags.number('minSize', 0, MOST_BYTES),
    maxLength: flags.number('maxSize', 0, MOST_BYTES),
    modifiedBefore: readTime({ flags }, 'modifiedBefore'),
    modifiedSince: readTime({ flags }, 'modifiedSince'),
    storageClasses: list('storageClass'),
  })
  return {
    task: given(task),
    bucket,
    ...(key !== '' && { prefix: key }),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(inventory && { inventory: { bucket: inventory.bucket, manifest: inventory.key } }),
    ...(flags.on('dryRun') && { dryRun: true }),
  }
}

/** What a job is to take a second at most. */
export function readRates({ flags }: Told): Rates {
  const mib = flags.number('rateMib', 1, 1_000_000)
  return given({
    ossRequests: flags.number('rateRequests', 1, 1_000_000),
    bytes: mib === undefined ? undefined : mib * MIB,
    kmsCalls: flags.number('rateKms', 1, 1_000_000),
  })
}

/** A time as the same command gives it again: a job that is gone on with is compared by it. */
function readTime({ flags }: Told, name: 'modifiedBefore' | 'modifiedSince'): string | undefined {
  const text = flags.text(name)
  if (text !== undefined && Number.isNaN(Date.parse(text)))
    throw usageError(
      `--${name === 'modifiedBefore' ? 'modified-before' : 'modified-since'} takes a time`,
      'such as 2026-11-23, or 2026-11-23T12:00:00Z',
    )
  return text
}

/** Without what is undefined: a job is compared by what was said. */
function given<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}
