import type { Outcome } from 'osscrypt-jobs'
import { describeLocation } from '../location.js'

/** How the object that an outcome is of is shown; an old version with its id. */
export function describeOutcomeObject(bucket: string, { name, version }: Pick<Outcome, 'name' | 'version'>): string {
  const shown = describeLocation({ kind: 'oss', bucket, key: name })
  return version === undefined || version.isLatest ? shown : `${shown} (version ${version.id})`
}
