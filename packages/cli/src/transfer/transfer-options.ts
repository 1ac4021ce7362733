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
  /** A file that keeps the state of the one transfer. */
  readonly checkpoint: string | undefined
  /** A folder that keeps the state of all of several. */
  readonly stateFolder: string | undefined
  readonly restartIfChanged: boolean
  /** Keeps times and modes of files with their objects, and gives them back. */
  readonly preserve: boolean
  readonly followLinks: boolean
}

type Told = Pick<CommandContext, 'flags'>

const DEFAULT_JOBS = 8

/** The formats that the command writes. */
export const WRITTEN_FORMATS = ['gcm', 'floe', 'message-body'] as const

/** The classes of storage that an object can be stored in. */
export const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'] as const
/** The access control lists that an object can have. */
export const ACLS = ['default', 'private', 'public-read', 'public-read-write'] as const

/** @throws CommandError for what contradicts itself. */
export function readTransferOptions(told: Told, settings: Settings): TransferOptions {
  const { flags } = told
  const parallel = flags.number('parallel', 1, 64)
  const partMiB = flags.number('partSize', 1, 1024)
  const partLength = partMiB === undefined ? undefined : partMiB * 1024 * 1024
  const parts = { parallel, partLength }
  return {
    put: { ...readPutOptions(told, settings), ...parts },
    get: { ...readReadOptions(told), ...parts },
    overwriting: readOverwriting(told),
    jobs: readJobs(told, settings),
    dryRun: flags.on('dryRun'),
    checkpoint: flags.text('checkpoint'),
    stateFolder: flags.text('stateFolder'),
    restartIfChanged: flags.on('restartIfChanged'),
    preserve: !flags.off('preserve'),
    followLinks: flags.on('followLinks'),
  }
}

/** How many objects are on their way at once. */
export function readJobs({ flags }: Told, { jobs }: Settings): number {
  return flags.number('jobs', 1, 256) ?? Number(jobs ?? DEFAULT_JOBS)
}

/** Options of reading an object. */
export function readReadOptions({ flags }: Told): ReadOptions {
  const headers = limitRate({ flags })
  return {
    requiredContext: flags.pairs('requiredContext'),
    requireBinding: flags.on('requireBinding'),
    expectedKey: flags.text('expectedKey'),
    allowUnauthenticatedAlgorithms: flags.on('allowUnauthenticatedAlgorithms'),
    allowLegacyFormats: flags.on('allowLegacyFormats'),
    versionId: flags.text('versionId'),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  }
}

/** The format that objects are written in. */
export function readFormat({ flags }: Told, settings: Settings): (typeof WRITTEN_FORMATS)[number] | undefined {
  return flags.choice('format', WRITTEN_FORMATS) ?? WRITTEN_FORMATS.find((format) => format === settings.format)
}

function readPutOptions({ flags }: Told, settings: Settings): PutOptions {
  const format = readFormat({ flags }, settings)
  const tags = flags.pairs('tag')
  const headers = {
    ...given('Cache-Control', flags.text('cacheControl')),
    ...given('x-oss-storage-class', flags.choice('storageClass', STORAGE_CLASSES)),
    ...given('x-oss-object-acl', flags.choice('acl', ACLS)),
    ...given('x-oss-tagging', tags && new URLSearchParams(tags).toString()),
    ...limitRate({ flags }),
  }
  return {
    format,
    encryptionContext: flags.pairs('context'),
    meta: flags.pairs('meta'),
    mime: flags.text('contentType'),
    bindToObject: !flags.off('binding'),
    headers,
  }
}

/** OSS counts in bits, from 100 KiB to 100 MiB a second. */
function limitRate({ flags }: Told): Readonly<Record<string, string>> {
  const rate = flags.number('limitRate', 100, 102_400)
  return rate === undefined ? {} : { 'x-oss-traffic-limit': String(rate * 8192) }
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function readOverwriting({ flags }: Told): Overwriting {
  const chosen = [
    ...(flags.on('force') ? (['replace'] as const) : []),
    ...(flags.off('clobber') ? (['keep'] as const) : []),
    ...(flags.on('update') ? (['update'] as const) : []),
  ]
  if (chosen.length > 1) throw usageError('--force, --no-clobber and --update exclude each other')
  return chosen[0] ?? 'refuse'
}
