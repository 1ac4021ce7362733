import { createBroker, type BrokerAuditRecord } from 'osscrypt/broker'
import { toNodeHandler, type NodeHandler } from 'osscrypt/broker/node'
import type { ConsoleCloud } from './console-cloud.js'

/** More than a page asks in a minute that uploads many small files: the console has one user, who has shown the token. */
const REQUESTS_PER_MINUTE = 60_000

/**
 * The broker of a bucket, made when it is asked first.
 *
 * @param origin The page's, where requests to OSS are relayed, too.
 */
export function mountBrokers(
  cloud: ConsoleCloud,
  origin: string,
  audit: (bucket: string, record: BrokerAuditRecord) => void,
): (bucket: string) => NodeHandler {
  const brokers = new Map<string, NodeHandler>()
  return (bucket) => {
    const known = brokers.get(bucket)
    if (known) return known
    const broker = createBroker({
      dataKeys: cloud.dataKeys,
      bucket: { bucket, region: cloud.region, url: `${origin}/oss/${bucket}` },
      credentials: () => cloud.credentials(),
      origins: [origin],
      // Whoever has the token is the user whose credentials these are, and whose objects all are that they open.
      authorize: () => ({
        user: 'console',
        encryptionContext: 'any',
        objectAcls: ['default', 'private', 'public-read', 'public-read-write'],
      }),
      audit: (record) => audit(bucket, record),
      requestsPerMinute: REQUESTS_PER_MINUTE,
    })
    const handler = toNodeHandler(broker)
    brokers.set(bucket, handler)
    return handler
  }
}
