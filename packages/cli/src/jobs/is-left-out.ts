import type { SkipReason, Task } from 'osscrypt-jobs'

/** What was meant, and is not done. */
const LEFT_OUT: ReadonlySet<string> = new Set<SkipReason>([
  'Appendable',
  'Archived',
  'BrokenEnvelope',
  'ContentEncoding',
  'LegacyFormat',
  'MessageBody',
])

/** Whether a job has left something undone, for that reason. */
export function isLeftOut(operation: Task['operation'], reason: string): boolean {
  // An audit leaves nothing undone; of what is not encrypted nothing can be verified, and its envelope may have been taken away.
  if (operation === 'audit') return false
  return LEFT_OUT.has(reason) || (operation === 'verify' && reason === 'NotEncrypted')
}
