import type { RewrapProof } from 'osscrypt-jobs'
import { count } from '../terminal/amounts.js'

/** Whether nothing needs another CMK: of old versions, too. */
export function isProof({ needsOthers, undecided, versions }: RewrapProof): boolean {
  return versions && needsOthers.objects + undecided.objects === 0
}

/** What a look after a rewrap has shown. @param below Where it was looked. @param asked When it was asked for: the look may have begun before. */
export function describeProof(
  { needsOthers, oldVersions, undecided, lookedAt, versions, since, path }: RewrapProof,
  below: string,
  asked: Date,
): readonly string[] {
  const what = `${count(lookedAt.objects, 'object')} below ${below}${versions ? ', old versions counted' : ''}`
  const open = [
    ...(needsOthers.objects > 0
      ? [
          `NEED OTHER CMKs STILL: ${needsOthers.objects}${oldVersions > 0 ? `, ${oldVersions} of them old versions` : ''}`,
        ]
      : []),
    ...(undecided.objects > 0 ? [`nothing can be said of: ${undecided.objects}`] : []),
  ]
  return [
    open.length === 0
      ? `${what}: none needs another CMK than the new ones`
      : `${what}: ${open.join('; ')}; they are listed in ${path}`,
    ...(since < asked
      ? [`some of them were looked at since ${since.toISOString()}: what was written behind that look is not counted`]
      : []),
    ...(oldVersions > 0
      ? [
          'a rewrap leaves old versions under their CMK: keep it until a lifecycle rule, or `osscrypt rm --version-id`, has deleted them',
        ]
      : []),
    ...(versions ? [] : ['NOT PROVEN of old versions: the access key may not list them (oss:ListObjectVersions)']),
  ]
}
