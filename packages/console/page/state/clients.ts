import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { authorization } from './token.js'

/** What is longer goes in parts: a part is held in memory while it is sent, and an upload that was interrupted goes on after the last one. */
const MULTIPART_THRESHOLD = 8 * 1024 * 1024

const clients = new Map<string, OssEncryptionClient>()

/** The encrypting client of a bucket. It has no credentials: the broker gives it data keys and signed URLs. */
export function clientOf(bucket: string): OssEncryptionClient {
  const known = clients.get(bucket)
  if (known) return known
  const broker = { url: new URL(`/broker/${bucket}`, location.href).href, headers: authorization() }
  const store = new PresignedStore({ sign: signByBroker(broker), fetch: fetchWithToken })
  const dataKeys = new BrokerDataKeyProvider(broker)
  const client = new OssEncryptionClient({ store, dataKeys, multipartThreshold: MULTIPART_THRESHOLD })
  clients.set(bucket, client)
  return client
}

/** Signed URLs lead to the console's own server, which passes them on, and wants the token for that, too. */
const fetchWithToken: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...authorization() } })
