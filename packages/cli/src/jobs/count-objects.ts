import { planJob, type Count, type JobBuckets, type JobSpec } from 'osscrypt-jobs'

/** Counts what a job is about, by a listing of its own. */
export async function countObjects(spec: JobSpec, buckets: JobBuckets): Promise<Count> {
  const { objects, bytes } = await planJob(spec, buckets)
  return { objects, bytes }
}
