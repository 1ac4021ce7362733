import { Cluster, Redis } from 'ioredis'
import { QueueError } from './queue-error.js'
import { QueueKeys } from './queue-keys.js'
import { defineScripts, type RedisClient } from './scripts.js'

/** Where jobs are queued. */
export interface QueueAddress {
  /** `redis://` or, with TLS, `rediss://`: `rediss://USER:PASSWORD@HOST:PORT/DATABASE`. What has a meaning in URLs is percent-encoded in user and password. */
  readonly url: string
  /** What sets these jobs apart from what else is there. Default `osscrypt`. */
  readonly name?: string | undefined
  /** The address is of a node of a cluster that clients talk to directly. Through a proxy, a cluster is like one server. Default false. */
  readonly cluster?: boolean | undefined
  /** PEM: the certificate that signed the server's, where that is not a well-known one. */
  readonly ca?: string | undefined
}

/** An open connection to a queue. */
export interface JobQueue {
  readonly client: RedisClient
  readonly keys: QueueKeys
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
const MAX_RETRY_DELAY_MS = 2000
/** How often a command is sent again over a connection that was lost, when nobody is there to wait for long. */
const ATTEMPTS = 10

/**
 * Connects to Redis, and looks whether it keeps what is queued.
 *
 * @throws QueueError: `QueueUnreachable`, `QueueDenied`, `QueueEvicts`. TypeError for what is no address.
 */
export function openQueue(address: QueueAddress): Promise<JobQueue> {
  return connect(address, ATTEMPTS)
}

/** The same for workers, which wait for a server that is away for however long. */
export function openWorkerQueue(address: QueueAddress): Promise<JobQueue> {
  // BullMQ asks for it, too.
  return connect(address, null)
}

async function connect(address: QueueAddress, attempts: number | null): Promise<JobQueue> {
  const keys = new QueueKeys(address.name ?? 'osscrypt')
  const client = createClient(address, attempts)
  let reason: Error | undefined
  // Connections that are lost later are made again; whoever waits for an answer is told.
  client.on('error', (error: Error) => (reason = error))
  const close = async () => {
    client.disconnect()
  }
  try {
    // A cluster that tells of no nodes is asked again for ever.
    await inTime(prepare(client))
  } catch (error) {
    await close()
    throw error instanceof QueueError ? error : toQueueError(reason ?? (error as Error))
  }
  defineScripts(client)
  return { client, keys, close }
}

async function prepare(client: RedisClient): Promise<void> {
  await client.connect()
  await assertDatabase(client)
  await assertKeepsAll(client)
}

async function inTime(work: Promise<void>): Promise<void> {
  const late = AbortSignal.timeout(CONNECT_TIMEOUT_MS + 5000)
  const ended = new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(new Error('no answer'))))
  await Promise.race([work, ended])
}

function createClient({ url, cluster = false, ca }: QueueAddress, attempts: number | null): RedisClient {
  const { protocol, hostname, port, username, password, pathname } = parseUrl(url)
  const options = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: attempts,
    // What every version answers to.
    protocol: 2 as const,
    ...(username && { username: decodeUserinfo(username) }),
    ...(password && { password: decodeUserinfo(password) }),
    ...(protocol === 'rediss:' && { tls: { ...(ca !== undefined && { ca }) } }),
  }
  const node = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) }
  const db = Number(pathname.slice(1))
  if (cluster && db !== 0)
    throw new TypeError('a cluster has no database but 0: the address of the queue names another')
  if (cluster) return new Cluster([node], { lazyConnect: true, redisOptions: options })
  const retryStrategy = (times: number) => Math.min(100 * 2 ** times, MAX_RETRY_DELAY_MS)
  return new Redis({ ...options, ...node, db, lazyConnect: true, retryStrategy })
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The text is not repeated: there may be a password in it.
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(\/\d{0,4})?$/.test(url.pathname))
    throw new TypeError('a queue is at redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT/DATABASE')
  return url
}

function decodeUserinfo(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Neither the text nor the cause, which repeats it.
    throw new TypeError('user and password of the queue are percent-encoded: a % in them is written as %25')
  }
}

/** The client itself would go on in database 0, where there may be other queues. */
async function assertDatabase(client: RedisClient): Promise<void> {
  const { db = 0 } = client instanceof Redis ? client.options : {}
  if (db === 0) return
  await client.select(db).catch((error: unknown) => {
    if (!/\bDB index\b|^ERR SELECT/.test((error as Error).message)) throw error
    throw new QueueError('QueueUnreachable', `Redis has no database ${String(db)}`)
  })
}

/** BullMQ keeps in Redis what is still to be done. One that makes room by deleting would lose parts of jobs, and nobody would notice. */
async function assertKeepsAll(client: RedisClient): Promise<void> {
  const facts = await client.info('memory')
  const policy = /^maxmemory_policy:(\S+)/m.exec(facts)?.[1]
  if (policy === 'noeviction') return
  throw new QueueError(
    'QueueEvicts',
    policy === undefined
      ? 'Redis does not say whether it deletes what is queued: its maxmemory-policy has to be noeviction'
      : `Redis would delete what is queued when its memory is full: its maxmemory-policy is ${policy}, and has to be noeviction`,
  )
}

/** Texts of the client's errors may hold addresses. */
function toQueueError(error: Error): QueueError {
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR (invalid|AUTH|Client sent AUTH))/.test(error.message))
    return new QueueError('QueueDenied', 'Redis denies it: check user and password, and what the user may do')
  const { code } = error as { code?: unknown }
  const why = typeof code === 'string' && /^\w{1,64}$/.test(code) ? `: ${code}` : ''
  return new QueueError('QueueUnreachable', `Redis cannot be reached${why}`)
}
