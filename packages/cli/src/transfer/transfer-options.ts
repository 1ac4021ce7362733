import type { GetFileOptions, PutOptions, ReadOptions } from 'osscrypt/oss'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import type { Settings } from '../config/settings.js'

/** What becomes of a target that is there already. */
export type Overwriting = 'refuse' | 'replace' | 'keep' | 'update'

/** What commands that move objects were told. */
export interface TransferOptions {
  readonly put: PutOptions
  readonly get: GetFileOptions
  readonly overwriting: Overwriting
  readonly jobs: number
  readonly dryRun: boolean
  readonly checkpoint: string | undefined
}

const DEFAULT_JOBS = 8

/** @throws CommandError for what contradicts itself. */
export function readTransferOptions({ flags, signal }: CommandContext, settings: Settings): TransferOptions {
  const parallel = flags.number('parallel', 1, 64)
  const partMiB = flags.number('partSize', 1, 1024)
  const partLength = partMiB === undefined ? undefined : partMiB * 1024 * 1024
  const checkpoint = flags.text('checkpoint')
  const parts = { parallel, partLength, checkpoint, signal }
  return {
    put: { ...readPutOptions({ flags, signal }, settings), ...parts, restartIfChanged: flags.on('restartIfChanged') },
    get: { ...readReadOptions({ flags, signal }), ...parts },
    overwriting: readOverwriting({ flags }),
    jobs: readJobs({ flags }, settings),
    dryRun: flags.on('dryRun'),
    checkpoint,
  }
}

/** How many objects are on their way at once. */
export function readJobs({ flags }: Pick<CommandContext, 'flags'>, { jobs }: Settings): number {
  const given = flags.number('jobs', 1, 256)
  if (given !== undefined) return given
  if (jobs === undefined) return DEFAULT_JOBS
  const number = Number(jobs)
  if (!(Number.isInteger(number) && number >= 1 && number <= 256)) throw usageError('jobs takes a number from 1 to 256')
  return number
}

/** Options of reading an object. */
export function readReadOptions({ flags, signal }: Pick<CommandContext, 'flags' | 'signal'>): ReadOptions {
  return {
    requiredContext: flags.pairs('requiredContext'),
    requireBinding: flags.on('requireBinding'),
    expectedKey: flags.text('expectedKey'),
    allowUnauthenticatedAlgorithms: flags.on('allowUnauthenticatedAlgorithms'),
    signal,
  }
}

function readPutOptions({ flags, signal }: Pick<CommandContext, 'flags' | 'signal'>, settings: Settings): PutOptions {
  const format = flags.choice('format', ['gcm', 'floe']) ?? settings.format
  if (format !== undefined && format !== 'gcm' && format !== 'floe') throw usageError('format is gcm or floe')
  return {
    format,
    encryptionContext: flags.pairs('context'),
    meta: flags.pairs('meta'),
    mime: flags.text('mime'),
    bindToObject: !flags.off('binding'),
    signal,
  }
}

function readOverwriting({ flags }: Pick<CommandContext, 'flags'>): Overwriting {
  const chosen = [
    ...(flags.on('force') ? (['replace'] as const) : []),
    ...(flags.off('clobber') ? (['keep'] as const) : []),
    ...(flags.on('update') ? (['update'] as const) : []),
  ]
  if (chosen.length > 1) throw usageError('--force, --no-clobber and --update exclude each other')
  return chosen[0] ?? 'refuse'
}
