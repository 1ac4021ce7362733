/**
 * Jobs that run on many machines, over Redis or Valkey.
 *
 * @packageDocumentation
 * @module osscrypt-jobs/queue
 */
export { cancelJob, forgetJob, pauseJob, resumeJob } from './queue/control-job.js'
export { listFailed, requeueFailed, type RequeueOptions } from './queue/dead-letters.js'
export type { ListingPosition } from './queue/job-record.js'
export { listJobs, readStatus, type JobState, type JobStatus } from './queue/job-status.js'
export type { ListBatchesOptions } from './queue/list-batches.js'
export { proveQueuedRewrap, type ProveQueuedOptions } from './queue/prove-queued-rewrap.js'
export { readOutcomes } from './queue/read-outcomes.js'
export { QueueError, type QueueErrorCode } from './queue/queue-error.js'
export type { QueueKeys } from './queue/queue-keys.js'
export { openQueue, type JobQueue, type QueueAddress } from './queue/redis-connection.js'
export { runWorker, type RunWorkerOptions, type WorkerEvent, type WorkerPlace } from './queue/run-worker.js'
export { startJob, type StartJobOptions } from './queue/start-job.js'
export { listWorkers, type WorkerInfo } from './queue/workers.js'
export { writeJobReport, type QueueReport } from './queue/write-report.js'
