import {
  BrokerDataKeyProvider,
  OssEncryptionClient,
  PresignedStore,
  signByBroker,
  type BrokerOptions,
  type OssEncryptionClientOptions,
} from 'osscrypt/oss'
import { createBroker, type BrokerAuditRecord, type CreateBrokerOptions } from 'osscrypt/broker'
import { beforeEach } from 'vitest'
import { BUCKET, fastRetry, type CloudFixture } from './cloud-fixture.js'

export const ORIGIN = 'https://app.example.com'
const URL_OF_BROKER = `${ORIGIN}/osscrypt`

export type Handler = (request: Request) => Promise<Response>
type Change = (question: Record<string, unknown>) => Record<string, unknown>

/** A broker of the users `anna` and `bert`, who each have what starts with their name, and what it was told and said in one test. */
export interface BrokerFixture {
  readonly records: BrokerAuditRecord[]
  readonly errors: unknown[]
  /** Bodies of questions and answers of `page`. */
  readonly sent: string[]
  readonly answered: string[]
  options(options?: Partial<CreateBrokerOptions>): CreateBrokerOptions
  broker(options?: Partial<CreateBrokerOptions>): Handler
  /** How a page of a user reaches a broker. */
  reach(user: string, handler: Handler, change?: Change): BrokerOptions
  /** What a page has: no credentials, and a broker that it reaches by fetch. */
  page(user: string, handler?: Handler, options?: PageOptions): OssEncryptionClient
}

/** What differs of a page. */
export interface PageOptions extends Partial<OssEncryptionClientOptions> {
  readonly change?: Change
}

export function useBroker(cloud: CloudFixture): BrokerFixture {
  const fixture: BrokerFixture = {
    records: [],
    errors: [],
    sent: [],
    answered: [],
    options: (options) => ({
      dataKeys: cloud.dataKeys(),
      bucket: { bucket: BUCKET, region: 'cn-hangzhou', url: `${cloud.cloud.oss.endpoint}/${BUCKET}` },
      credentials: cloud.cloud.credentials,
      origins: [ORIGIN],
      authorize: (request, _action, name) => {
        const user = request.headers.get('authorization')
        if (!user) return null
        return name.startsWith(`${user}/`) ? { user, encryptionContext: { tenant: user } } : { user, denied: true }
      },
      audit: (record) => void fixture.records.push(record),
      onError: (error) => fixture.errors.push(error),
      ...options,
    }),
    broker: (options) => createBroker(fixture.options(options)),
    reach: (user, handler, change = (same) => same) => ({
      url: URL_OF_BROKER,
      headers: { authorization: user, origin: ORIGIN },
      fetch: async (url: string | URL | Request, init?: RequestInit) => {
        const body = JSON.stringify(change(JSON.parse(init?.body as string) as Record<string, unknown>))
        fixture.sent.push(body)
        const response = await handler(new Request(url, { ...init, body, headers: init?.headers ?? {} }))
        fixture.answered.push(await response.clone().text())
        return response
      },
    }),
    page: (user, handler = fixture.broker(), { change, ...options } = {}) => {
      const reach = fixture.reach(user, handler, change)
      return new OssEncryptionClient({
        store: new PresignedStore({ sign: signByBroker(reach) }),
        dataKeys: new BrokerDataKeyProvider(reach),
        retry: fastRetry,
        multipartThreshold: 400_000,
        temporaryFolder: cloud.temporaryFolder,
        ...options,
      })
    },
  }
  beforeEach(() => {
    for (const list of [fixture.records, fixture.errors, fixture.sent, fixture.answered]) list.length = 0
  })
  return fixture
}

const freshNonce = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')

/** What a page asks, whatever it asks. */
export const stamped = (question: object): object => ({ nonce: freshNonce(), timeMs: Date.now(), ...question })

/** A question that the broker would sign, or one that differs. */
export function signQuestion(more: object = {}): object {
  const question = { kind: 'sign', operation: 'GetObject', method: 'GET', name: 'anna/a', query: {}, headers: {} }
  return stamped({ ...question, ...more })
}

/** A question about the data key of a message. */
export function openQuestion(
  kind: 'decrypt' | 'rewrap',
  publicKey: Uint8Array,
  header: Uint8Array,
  floeHeader?: Uint8Array,
): object {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const proof = floeHeader && { floeHeader: base64(floeHeader) }
  return stamped({ kind, publicKey: base64(publicKey), header: base64(header), ...proof })
}

/** A request as `anna`'s page sends it, or one that differs. */
export function ask(question: object | string, headers: Record<string, string> = {}, init: RequestInit = {}): Request {
  return new Request(URL_OF_BROKER, {
    method: 'POST',
    body: typeof question === 'string' ? question : JSON.stringify(question),
    headers: {
      origin: ORIGIN,
      authorization: 'anna',
      'content-type': 'application/json',
      'x-osscrypt-broker': '1',
      ...headers,
    },
    ...init,
  })
}

/** The URL that a broker signs. @throws when it refuses. */
export async function signedUrl(handler: Handler, question: object): Promise<string> {
  const response = await handler(ask(question))
  const { url } = (await response.json()) as { url?: string }
  if (url === undefined) throw new Error(`refused with ${String(response.status)}`)
  return url
}
