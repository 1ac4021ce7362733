import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'

export const complete: CommandSpec = {
  name: 'complete',
  summary: 'print how a path in OSS can go on; shells ask it',
  args: '[beginning]',
  details:
    'Prints buckets, or the folders and objects that begin so: the first thousand, and only those that a shell needs no quotes for. `osscrypt completion` makes a shell ask it.',
  cloud: true,
  options: [['--profiles', 'print the names of the profiles instead']],
  examples: ['osscrypt complete oss://my-bucket/ph'],
  run,
}

/** What no shell takes for anything else. */
const UNQUOTED = /^[\p{L}\p{N}\-._/:@%+,=]*$/u

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const say = (path: string) => {
    if (UNQUOTED.test(path)) report.answer({ type: 'path', path }, path)
  }
  if (flags.on('profiles')) {
    const { readConfig } = await import('../config/config-file.js')
    const { whichProfile } = await import('../config/write-profile.js')
    for (const name of new Set([...Object.keys(await readConfig(whichProfile(context).path)), 'local'])) say(name)
    return 'ok'
  }
  const beginning = args[0] ?? ''
  const [, bucketPart] = /^oss:\/\/([^/]*)$/.exec(beginning) ?? []
  const { openSession } = await import('../cloud/session.js')
  const session = await openSession(context)
  if (bucketPart !== undefined) {
    const { listBuckets } = await import('../cloud/list-buckets.js')
    for (const { name } of await listBuckets(session, signal)) if (name.startsWith(bucketPart)) say(`oss://${name}/`)
    return 'ok'
  }
  const location = parsePrefix(beginning)
  const { listPages } = await import('../cloud/list-objects.js')
  for await (const { prefixes, objects } of listPages(session, location, { delimiter: '/', signal })) {
    for (const key of [...prefixes, ...objects.map((object) => object.key)]) say(`oss://${location.bucket}/${key}`)
    break
  }
  return 'ok'
}
