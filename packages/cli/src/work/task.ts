type JsonObject = Readonly<Record<string, unknown>> & { readonly type: string }

/** What came of a task. It is reported with its `event`, and with its `text` to people. */
export interface Outcome {
  readonly kind: 'done' | 'skipped' | 'different'
  /** Bytes that went over the network. */
  readonly bytes?: number
  /** Why nothing had to be done, or what the difference is; the same words for the same reason. */
  readonly why?: string
  /** Whether it is told of with --verbose only. */
  readonly isDetail?: boolean
  readonly event: JsonObject
  readonly text: string
}

/** One of the things that a command does. */
export interface Task {
  /** How it is shown. */
  readonly object: string
  /** Where it goes, where that is something else. */
  readonly target?: string | undefined
  /** Bytes that are to come, for the progress. */
  readonly length?: number | undefined
  /** @param signal Aborted also when something failed that makes the rest pointless. */
  run(signal: AbortSignal): Promise<Outcome>
}

/** What was meant to be done and is not: a link, a name that cannot be kept. The whole is incomplete. */
export interface Omission {
  readonly object: string
  readonly omitted: string
}

/** What went wrong before there was a task. */
export interface Failure {
  readonly object: string
  readonly error: unknown
}

/** What a plan consists of. */
export type Step = Task | Omission | Failure
