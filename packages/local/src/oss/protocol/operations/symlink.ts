import { OssError } from '../error/oss-error.js'
import { invalidHeader } from '../object/invalid-header.js'
import { checkKey } from '../object/key.js'
import { validatorHeaders, versionHeader } from '../object/object-headers.js'
import { readTraits } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, objectOf, placeOf, type OssCall } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'

const HEADER = 'x-oss-symlink-target'

/** The target need not exist. */
export async function putSymlink(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  const target = decode(call.headers.get(HEADER) ?? '')
  checkKey(target)
  const object = await call.backend.putSymlink(placeOf(call), readTraits(call.headers, bucket), target)
  return { status: 200, headers: { etag: `"${object.etag}"`, 'x-oss-version-id': versionHeader(bucket, object) } }
}

export async function getSymlink(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { facts } = await objectOf(call)
  if (facts.symlinkTarget === undefined) throw new OssError('NotSymlink', { elements: { Key: call.key } })
  return {
    status: 200,
    headers: {
      ...validatorHeaders(facts),
      [HEADER]: percentEncode(facts.symlinkTarget),
      'x-oss-version-id': versionHeader(bucket, facts),
    },
  }
}

function decode(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    throw invalidHeader(HEADER, target)
  }
}
