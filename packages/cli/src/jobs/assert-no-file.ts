import { stat } from 'node:fs/promises'
import { CommandError } from '../command-error.js'

/** Asserts that a report can be written before anything is done for it. @throws CommandError for a file that is there, which may be another report. */
export async function assertNoFile(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there) throw new CommandError('refused', 'Exists', `${path} is there already`, 'name another file')
}
