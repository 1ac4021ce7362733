import { checkCors, corsDocument } from 'osscrypt/oss'
import type { ConsoleCloud } from '../console-cloud.js'
import { BadRequest, bucketName, text } from './bad-request.js'
import type { CorsAnswer } from './messages.js'

/** Whether pages of an origin, other than this console's, could work with a bucket's objects, and what is needed for it. */
export async function checkBucketCors(
  cloud: ConsoleCloud,
  { bucket, origin }: Partial<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<CorsAnswer> {
  const [name, asked] = [bucketName(bucket), text(origin)]
  if (!URL.canParse(asked) || new URL(asked).origin !== asked) throw new BadRequest()
  const finding = checkCors(await cloud.corsRules(name, signal), asked)
  return { ...finding, document: corsDocument([asked]).join('\n') }
}
