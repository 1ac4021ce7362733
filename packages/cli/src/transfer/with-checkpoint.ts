import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describeLocation, type Location } from '../location.js'
import { lockCheckpoint } from './checkpoint-lock.js'
import type { TransferOptions } from './transfer-options.js'

/** What is shorter is sent in one request, of which no state is kept. */
const LEAST_LENGTH = 32 * 1024 * 1024

/** A transfer of which the state may be kept. */
interface Kept {
  readonly source: Location
  readonly target: Location
  /** Of a file; undefined for what is not known beforehand. */
  readonly length: number | undefined
}

/**
 * Runs a transfer with the file that keeps its state: the one that was named, or its own in the folder of states. No other process works on it meanwhile.
 *
 * @throws CommandError `CheckpointInUse`; what `run` throws.
 */
export async function withCheckpoint<Result>(
  { checkpoint, stateFolder }: Pick<TransferOptions, 'checkpoint' | 'stateFolder'>,
  kept: Kept | undefined,
  run: (checkpoint: string | undefined) => Promise<Result>,
): Promise<Result> {
  const path =
    checkpoint ?? (stateFolder !== undefined && kept && isLong(kept) ? await stateOf(stateFolder, kept) : undefined)
  // A checkpoint of what none can be kept of is the library's to refuse.
  if (path === undefined) return run(undefined)
  const unlock = await lockCheckpoint(path)
  try {
    return await run(path)
  } finally {
    await unlock()
  }
}

function isLong({ length }: Kept): boolean {
  return length === undefined || length > LEAST_LENGTH
}

async function stateOf(folder: string, { source, target }: Kept): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = [source, target].map((each) => (each.kind === 'file' ? resolve(each.path) : describeLocation(each)))
  return join(folder, `${createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 32)}.json`)
}
