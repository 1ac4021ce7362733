import type { ServiceName } from './faults/fault-plan.js'

/** A request that one of the services understood. */
export interface RecordedRequest {
  readonly service: ServiceName
  /** The operation's name in the service's API. */
  readonly operation: string
  readonly method: string
  /** Path and query, with every value that is part of a signature or an STS token blacked out. */
  readonly url: string
}

/** So many requests are remembered; older ones are forgotten. */
const capacity = 10_000

const secretParameters = /([?&](?:signature|securitytoken|security-token|x-oss-signature|x-oss-security-token)=)[^&]*/gi

/** The requests that came in, oldest first. */
export class RequestLog {
  readonly #requests: RecordedRequest[] = []

  get requests(): readonly RecordedRequest[] {
    return this.#requests
  }

  add(request: RecordedRequest): void {
    this.#requests.push({ ...request, url: request.url.replace(secretParameters, '$1***') })
    if (this.#requests.length > capacity) this.#requests.shift()
  }

  clear(): void {
    this.#requests.length = 0
  }
}
