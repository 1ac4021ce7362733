import OSS from 'ali-oss'
import { KmsDataKeyProvider, fullJitter } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { runJob, type JobResult, type Outcome, type RunJobOptions, type Task } from 'osscrypt-jobs'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** A bucket of the local OSS, and what jobs over it need. */
export interface BucketFixture {
  readonly cloud: LocalCloud
  readonly oldCmk: string
  readonly newCmk: string
  /** Anew for each test. */
  readonly bucket: string
  readonly oss: OSS
  readonly client: OssEncryptionClient
  readonly folder: string
  clientOf(cmkArn: string): OssEncryptionClient
  run(task: Task, options?: Partial<RunJobOptions>, spec?: object): Promise<JobResult>
  report(): Promise<Outcome[]>
  /** Every object of the bucket, whoever wrote it. */
  names(): Promise<string[]>
}

export function useBucket(): BucketFixture {
  const fixture = {} as { -readonly [Key in keyof BucketFixture]: BucketFixture[Key] }
  let count = 0
  beforeAll(async () => {
    fixture.cloud = await startLocalCloud()
    fixture.oldCmk = await fixture.cloud.createKey()
    fixture.newCmk = await fixture.cloud.createKey()
  })
  beforeEach(async () => {
    const { cloud } = fixture
    cloud.faults.clear()
    fixture.bucket = `jobs-test-${String(++count)}`
    await cloud.createBucket(fixture.bucket)
    fixture.oss = new OSS({ ...cloud.ossOptions(fixture.bucket), timeout: 5000 })
    fixture.client = fixture.clientOf(fixture.oldCmk)
    fixture.folder = await mkdtemp(join(tmpdir(), 'osscrypt-jobs-test-'))
    return () => rm(fixture.folder, { recursive: true, force: true })
  })
  afterAll(() => fixture.cloud.close())
  fixture.clientOf = (cmkArn) => {
    const retry = fullJitter({ maxAttempts: 4, baseDelayMs: 1, maxDelayMs: 2 })
    const dataKeys = new KmsDataKeyProvider(cmkArn, { ...fixture.cloud.kmsOptions(), retry })
    return new OssEncryptionClient({ store: fixture.oss, dataKeys, retry })
  }
  fixture.run = (task, options, spec) =>
    runJob(
      { task, bucket: fixture.bucket, ...spec },
      { client: fixture.client, bucket: fixture.oss, folder: fixture.folder, ...options },
    )
  fixture.report = async () =>
    (await readFile(join(fixture.folder, 'report.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  fixture.names = async () => {
    const { objects } = await fixture.oss.listV2({ 'max-keys': '1000' })
    return objects.map(({ name }) => name)
  }
  return fixture
}
