import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../command-error.js'
import { runInParallel } from '../run-in-parallel.js'
import { printable } from '../terminal/printable.js'
import type { Place } from './place.js'
import type { Transfer } from './transfer-object.js'

/** Deletes what is at the target only; answers how much. */
export async function deleteExtras(
  { session, options, report, signal }: Transfer,
  source: Place,
  target: Place,
): Promise<number> {
  const wanted = new Set<string>()
  for await (const { name } of source.entries()) wanted.add(name)
  // More likely a slip than a wish.
  if (wanted.size === 0)
    throw new CommandError('refused', 'EmptySource', 'the source is empty: --delete would delete everything')
  const extras: string[] = []
  for await (const { name } of target.entries()) if (!wanted.has(name)) extras.push(name)
  await runInParallel(extras, options.jobs, signal, async (name) => {
    if (!options.dryRun) {
      if (target.object) {
        await (await session.client(target.object.bucket)).delete(target.object.key + name, { signal })
      } else await unlink(join(target.folder ?? '', name))
    }
    const object = target.describe(name)
    report.event(
      { type: 'deleted', object, dryRun: options.dryRun },
      `${options.dryRun ? 'would delete' : 'deleted'} ${printable(object)}`,
    )
  })
  return extras.length
}
