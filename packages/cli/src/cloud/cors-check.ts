import { checkCors, type FoundCorsRule } from 'osscrypt/oss'
import { CommandError } from '../command-error.js'
import type { AccessCheck } from './access-checks.js'
import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

/** Whether a bucket's CORS lets the pages of an origin work with its objects. */
export function corsCheck(session: Session, bucket: string, origin: string, signal: AbortSignal): AccessCheck {
  const look = async () => {
    const found = checkCors(await readCorsRules(session, bucket, signal), origin)
    if (found.state === 'none') throw tooLittle(`no rule of bucket ${bucket} has the origin`)
    if (found.state === 'incomplete')
      throw tooLittle(`the rule of bucket ${bucket} for it lacks ${found.missing.join(', ')}`)
    return `the CORS of bucket ${bucket} lets its pages work with encrypted objects`
  }
  return { name: `pages of ${origin}`, look }
}

/** The rules that a bucket has; none where it has no CORS. */
export async function readCorsRules(
  session: Session,
  bucket: string,
  signal: AbortSignal,
): Promise<readonly FoundCorsRule[]> {
  const store = await session.rawStore(bucket)
  try {
    const how = { retry: session.retry, signal }
    return (await askOss(`GetBucketCors of ${bucket}`, () => store.getBucketCORS(bucket), how)).rules
  } catch (error) {
    if ((error as { readonly serviceCode?: unknown }).serviceCode === 'NoSuchCORSConfiguration') return []
    throw error
  }
}

function tooLittle(message: string): CommandError {
  return new CommandError(
    'denied',
    'CorsDenied',
    message,
    'the rule that is needed is printed below; who puts it replaces the rules that are there',
  )
}
