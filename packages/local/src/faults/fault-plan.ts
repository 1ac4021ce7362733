/** Which of the services a fault concerns. */
export type ServiceName = 'kms' | 'oss' | 'sts'

/**
 * What goes wrong. Byte counts are of the HTTP body alone, headers not counted.
 *
 * - `throttle`: the service's own throttling answer (KMS `Rejected.Throttling`, OSS 503 `RequestRateLimitExceeded`… ).
 * - `error`: a 4xx or 5xx answer; `code` is the service error code (defaults to the service's usual one for that status).
 * - `delay`: the answer starts `delayMs` later, and is right.
 * - `stall`: the answer stops after `afterBytes` of its body and nothing more ever comes; the connection stays open. Of an answer
 *   without a body nothing comes when `afterBytes` is 0, not even the head, which would be all of it.
 * - `cut`: the connection is destroyed after `afterBytes`, of the request's body as it arrives or of the answer's body, as with `stall`.
 * - `corrupt`: one bit of the answer's body (byte `atByte`, counted from 0) is flipped; lengths stay as they are.
 * - `drop-answer`: the operation is carried out and the connection is destroyed before a byte of the answer.
 * - `lie-range`: a ranged read is answered as the kind says: `whole` (200 and the whole object), `shifted` (another range of the
 *   same length, with a Content-Range that says so), `mislabelled` (another range's bytes under the Content-Range asked for),
 *   `short` (fewer bytes, Content-Range and Content-Length consistent with it).
 * - `html`: a 502 with an HTML page, as a proxy on the way would answer.
 */
export type FaultEffect =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'error'; readonly status: number; readonly code?: string }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'cut'; readonly of: 'request' | 'answer'; readonly afterBytes: number }
  | { readonly kind: 'corrupt'; readonly atByte: number }
  | { readonly kind: 'drop-answer' }
  | { readonly kind: 'lie-range'; readonly lie: 'whole' | 'shifted' | 'mislabelled' | 'short' }
  | { readonly kind: 'html' }

/** A fault to be played. */
export interface Fault {
  readonly service: ServiceName
  /** The operation's name in the service's API (`GetObject`, `GenerateDataKey`); every operation when left out. */
  readonly operation?: string
  /** How many matching requests pass before the fault is played. Default 0. */
  readonly skip?: number
  /** How many matching requests it is played on. Default 1; `Infinity` for all. */
  readonly times?: number
  readonly effect: FaultEffect
}

/** The faults that wait to be played, in the order in which they were added; a request plays at most one. */
export class FaultPlan {
  #waiting: { fault: Fault; skip: number; times: number }[] = []

  /** Adds a fault to the end of the plan. */
  add(fault: Fault): void {
    this.#waiting.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })
  }

  /** Forgets every fault that has not been played. */
  clear(): void {
    this.#waiting = []
  }

  /** The faults that have not been played to their end. */
  get waiting(): readonly Fault[] {
    return this.#waiting.map(({ fault }) => fault)
  }

  /** Takes the effect that a request to `operation` of `service` has to suffer, or `undefined` when it goes well. */
  take(service: ServiceName, operation: string): FaultEffect | undefined {
    for (const entry of this.#waiting) {
      if (entry.fault.service !== service) continue
      if (entry.fault.operation !== undefined && entry.fault.operation !== operation) continue
      if (entry.skip > 0) {
        entry.skip -= 1
        continue
      }
      entry.times -= 1
      if (entry.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== entry)
      return entry.fault.effect
    }
    return undefined
  }
}
