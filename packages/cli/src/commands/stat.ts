import { formatOf } from '../cloud/format-of.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parseObject } from '../location.js'
import { formatFacts } from '../terminal/facts.js'

export const stat: CommandSpec = {
  name: 'stat',
  summary: 'show what is known of an object',
  args: '<object>',
  details: 'One request, none to KMS: nothing of it is verified.',
  cloud: true,
  options: [],
  examples: ['osscrypt stat oss://my-bucket/report.pdf'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const location = parseObject(context.args[0] ?? '')
  const { openSession } = await import('../cloud/session.js')
  const session = await openSession(context)
  const head = await (await session.client(location.bucket)).head(location.key, { signal: context.signal })
  const { headers } = head.res
  const facts = {
    object: describeLocation(location),
    length: head.plaintextLength,
    storedLength: Number(headers['content-length']),
    format: formatOf(head),
    integrity: head.integrity,
    cmks: head.encryption.cmkArns,
    contentType: headers['content-type'],
    lastModified: new Date(headers['last-modified'] ?? 0).toISOString(),
    etag: headers['etag']?.replaceAll('"', ''),
    storageClass: headers['x-oss-storage-class'],
    versionId: headers['x-oss-version-id'],
    meta: head.meta,
  }
  context.report.answer({ type: 'stat', ...facts }, formatFacts(facts))
  return 'ok'
}
