/** Why a question was not answered, as it stands in audit records. Never changes its meaning; new ones may be added. */
export type RefusalReason =
  /** Not from a page of the configured origins, or not as a page's own script sends it. */
  | 'origin'
  | 'request'
  /** No question, or one that is too long. */
  | 'malformed'
  /** An object's name that no page is to have. */
  | 'name'
  /** An operation that is not signed, or with another method, parameter or header than it has. */
  | 'operation'
  /** The application said no. */
  | 'denied'
  /** The grant does not have the operation, context, length or ACL that was asked for. */
  | 'grant'
  /** The page's clock. */
  | 'clock'
  /** Answered before. */
  | 'replay'
  | 'rate'
  /** Too many questions at once, or too many to remember. */
  | 'busy'
  /** The header is not the data key's, or none of the user's CMKs opens it. */
  | 'key'
  /** The page is gone. */
  | 'aborted'
  | 'timeout'
  /** KMS, the credentials, or code of the application failed: see `onError`. */
  | 'failure'

const STATUS: Readonly<Record<RefusalReason, number>> = {
  origin: 403,
  request: 400,
  malformed: 400,
  name: 403,
  operation: 403,
  denied: 403,
  grant: 403,
  clock: 403,
  replay: 403,
  rate: 429,
  busy: 503,
  key: 403,
  aborted: 499,
  timeout: 504,
  failure: 502,
}

/** A question that is not answered. Its reason stays on this side: a page learns a status. */
export class BrokerRefusal extends Error {
  readonly reason: RefusalReason
  readonly status: number

  constructor(reason: RefusalReason, status = STATUS[reason]) {
    super(`refused: ${reason}`)
    this.reason = reason
    this.status = status
  }
}
