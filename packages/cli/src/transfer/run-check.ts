import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { openSession, type Session } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { requirePlain } from '../key-pattern.js'
import { describeLocation, parseLocation, type ObjectLocation } from '../location.js'
import { runAll } from '../work/run-all.js'
import { checkSteps, type Comparison } from './check-steps.js'
import { readNameFilter } from './name-filter.js'
import { patternPlace, placeOf } from './place.js'
import { readTransferOptions } from './transfer-options.js'

/** Compares a folder with a prefix, or a file with an object. */
export async function runCheck(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [local, object] = [parseLocation(args[0] ?? ''), parseLocation(args[1] ?? '')]
  if (local.kind !== 'file' || object.kind !== 'oss')
    throw usageError(
      'check takes a folder or file, and what is stored of it: osscrypt check FOLDER oss://BUCKET/PREFIX',
    )
  if (!flags.on('literal')) requirePlain(object, 'check')
  const filter = await readNameFilter(context)
  const session = await openSession(context)
  const options = readTransferOptions(context, session.settings)
  const { followLinks } = options
  const sides = (await stat(local.path)).isDirectory()
    ? {
        local: placeOf(session, local, { ...filter, followLinks }, signal),
        stored: placeOf(session, object, { ...filter, followLinks: false }, signal),
      }
    : oneFile(session, local.path, object, signal)
  const comparison: Comparison = {
    transfer: { session, report, signal, options },
    ...sides,
    byContent: flags.on('content'),
    oneWay: flags.on('oneWay'),
  }
  const tally = await runAll(checkSteps(comparison), { report, signal, jobs: options.jobs, dealing: 'reading' })
  if (tally.total === 0) {
    throw new CommandError(
      'notFound',
      'NotFound',
      `there is nothing to compare in ${local.path} and ${describeLocation(object)}`,
    )
  }
  tally.report(report, 'the same')
  return tally.exit
}

/** A file and an object as the folders that they are in, with one name. @throws CommandError when their names are not the same. */
function oneFile(
  session: Session,
  path: string,
  object: ObjectLocation,
  signal: AbortSignal,
): Pick<Comparison, 'local' | 'stored'> {
  const name = basename(path)
  const key = object.key === '' || object.key.endsWith('/') ? object.key + name : object.key
  const whole = { ...object, key }
  if (basename(key) !== name)
    throw usageError(
      `${path} and ${describeLocation(whole)} have different names`,
      'give the file the object’s name, or compare with osscrypt cat OBJECT | cmp - FILE',
    )
  const folder = { ...object, key: key.slice(0, key.length - name.length) }
  const only = {
    pattern: whole,
    prefix: whole,
    folder,
    isFlat: true,
    isDeep: false,
    matches: (each: string) => each === key,
  }
  const anything = { chooses: () => true, names: undefined }
  // A file that was named is the one that a link leads to.
  const named = { ...anything, names: [name], followLinks: true }
  return {
    local: placeOf(session, { kind: 'file', path: join(dirname(path), '.') }, named, signal),
    stored: patternPlace(session, only, anything, signal),
  }
}
