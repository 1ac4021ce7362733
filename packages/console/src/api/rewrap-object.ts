import type { ConsoleCloud } from '../console-cloud.js'
import { BadRequest, bucketName, text, texts } from './bad-request.js'
import type { RewrapAnswer } from './messages.js'

const MAX_CMKS = 32

/** Puts an object's data key under other CMKs. It is done here, as a page cannot ask KMS. */
export async function rewrapObject(
  cloud: ConsoleCloud,
  { bucket, key, cmkArns }: Partial<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<RewrapAnswer> {
  const to = texts(cmkArns, MAX_CMKS)
  if (to.length === 0 || !to.every((arn) => arn.startsWith('acs:kms:'))) throw new BadRequest()
  const client = await cloud.client(bucketName(bucket))
  const { throughKms, encryption } = await client.rewrap(text(key), { to, signal })
  return { throughKms, cmkArns: encryption.cmkArns }
}
