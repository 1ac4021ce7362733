import type { Client, Target } from '../target.js'

/** What the tests of the suite work with. */
export interface Context {
  readonly target: Target
  readonly client: Client
  readonly createClient: (settings?: Record<string, unknown>) => Client
  /** A key under the prefix of this run. */
  readonly key: (name: string) => string
}
