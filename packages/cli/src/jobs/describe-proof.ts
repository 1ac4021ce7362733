import type { RewrapProof } from 'osscrypt-jobs'
import { count } from '../terminal/amounts.js'

/** Whether nothing needs another CMK. */
export function isProof({ needsOthers, undecided }: RewrapProof): boolean {
  return needsOthers.objects + undecided.objects === 0
}

/** What a look after a rewrap has shown. @param below Where it was looked. */
export function describeProof(
  { needsOthers, oldVersions, undecided, lookedAt, versions, path }: RewrapProof,
  below: string,
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
    ...(oldVersions > 0
      ? [
          'a rewrap leaves old versions under their CMK: keep it until a lifecycle rule, or `osscrypt rm --version-id`, has deleted them',
        ]
      : []),
    ...(versions ? [] : ['old versions were not looked at: the access key may not list them']),
  ]
}
