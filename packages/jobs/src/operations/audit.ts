import type { Operation } from './operation.js'

/** What is looked at. */
export interface AuditOptions {
  /** Old versions, too. Default false. */
  readonly versions?: boolean | undefined
  /** What jobs have staged or kept of the objects below the prefix, too, wherever that is. Default false. */
  readonly held?: boolean | undefined
}

/** Finds out what objects are, without reading them. */
export const audit: Operation = {
  cost: () => ({ putRequests: 0, getRequests: 3, bytesDown: 4096, bytesUp: 0, kmsCalls: 0 }),

  onlyLooks: true,

  run: (_, found) => Promise.resolve({ status: 'done', ...found }),
}
