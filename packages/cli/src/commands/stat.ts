import { formatOf } from '../cloud/format-of.js'
import type { Session } from '../cloud/session.js'
import { literalOption, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, requireReachable, type ObjectLocation } from '../location.js'
import { formatFacts } from '../terminal/facts.js'

export const stat: CommandSpec = {
  name: 'stat',
  summary: 'show what is known of objects',
  args: '<object...>',
  details: 'One request an object, none to KMS: nothing of it is verified.',
  cloud: true,
  options: [versionOption, literalOption],
  examples: ['osscrypt stat oss://my-bucket/report.pdf'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { meantObjects, readMeantObjects } = await import('../work/object-steps.js')
  const meant = await readMeantObjects(context)
  const versionId = flags.text('versionId')
  const session = await openSession(context)
  for await (const object of meantObjects(session, meant, signal)) {
    requireReachable(object)
    const facts = await describe(session, object, { signal, versionId })
    context.report.answer({ type: 'stat', ...facts }, formatFacts(facts))
  }
  return 'ok'
}

async function describe(
  session: Session,
  location: ObjectLocation,
  options: { readonly signal: AbortSignal; readonly versionId: string | undefined },
) {
  const head = await (await session.client(location.bucket)).head(location.key, options)
  const { headers } = head.res
  return {
    object: describeLocation(location),
    length: head.plaintextLength,
    storedLength: Number(headers['content-length']),
    format: formatOf(head),
    integrity: head.integrity,
    origin: head.encryption.encryptionContext['osscrypt:origin'],
    cmks: head.encryption.cmkArns,
    contentType: headers['content-type'],
    lastModified: new Date(headers['last-modified'] ?? 0).toISOString(),
    etag: headers['etag']?.replaceAll('"', ''),
    storageClass: headers['x-oss-storage-class'],
    versionId: headers['x-oss-version-id'],
    meta: head.meta,
  }
}
