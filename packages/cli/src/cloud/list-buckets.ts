import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

/** A bucket of the account. */
export interface ListedBucket {
  readonly name: string
  readonly region: string
}

/** The buckets that the access key may see, up to a thousand. */
export async function listBuckets(session: Session, signal: AbortSignal): Promise<readonly ListedBucket[]> {
  const store = await session.rawStore()
  const ask = () => store.listBuckets({ 'max-keys': 1000 }, {})
  const answer = (await askOss('ListBuckets', ask, { retry: session.retry, signal })) as unknown as {
    readonly buckets: readonly ListedBucket[] | null
  }
  return answer.buckets ?? []
}
