import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FaultPlan } from '../faults/fault-plan.js'

/** An access key that the local services accept. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** When set, requests must carry this STS token. */
  readonly securityToken?: string
  /** When the token ends to be good, in milliseconds since the epoch; never when left out. */
  readonly expiresMs?: number
}

/** What each of the services is made from. */
export interface ServiceOptions {
  /** The service's own folder; it exists, is private to the user (mode 0700), and belongs to one running service at a time. */
  readonly folder: string
  /** Looked at for every request: temporary ones come and go. */
  readonly accessKeys: readonly AccessKey[]
  readonly faults: FaultPlan
  /** Called once per request that was understood, before it is carried out. */
  readonly onRequest?: (request: { readonly operation: string; readonly method: string; readonly url: string }) => void
  /** The clock; tests move it. Milliseconds since the epoch. */
  readonly now: () => number
}

/** A service behind an HTTP listener. */
export interface LocalService {
  /** Answers one request, whatever it is; never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Ends what runs in the background and releases the folder. */
  close(): Promise<void>
}
