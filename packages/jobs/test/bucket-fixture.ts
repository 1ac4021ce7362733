import OSS from 'ali-oss'
import { EncryptionSdk, KmsDataKeyProvider, fullJitter } from 'osscrypt'
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
  clientOf(cmkArns: string | readonly string[]): OssEncryptionClient
  run(task: Task, options?: Partial<RunJobOptions>, spec?: object): Promise<JobResult>
  /** Of the job in the fixture's folder, or in another. */
  report(folder?: string): Promise<Outcome[]>
  /** A whole message of the Encryption SDK. */
  message(data: Buffer): Promise<Buffer>
  /** Has the bucket keep versions from then on. */
  keepVersions(): Promise<void>
  /** Has OSS itself write an inventory of what is below `o/`, into the same bucket; the key of its manifest. */
  writeInventory(versions: 'All' | 'Current', fields: readonly string[]): Promise<string>
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
  // Of many objects, the files that held them are deleted one by one.
  afterAll(() => fixture.cloud.close(), 600_000)
  fixture.clientOf = (cmkArns) => {
    const retry = fullJitter({ maxAttempts: 4, baseDelayMs: 1, maxDelayMs: 2 })
    const dataKeys = new KmsDataKeyProvider(cmkArns, { ...fixture.cloud.kmsOptions(), retry })
    return new OssEncryptionClient({ store: fixture.oss, dataKeys, retry })
  }
  fixture.run = (task, options, spec) =>
    runJob(
      { task, bucket: fixture.bucket, ...spec },
      { client: fixture.client, bucket: fixture.oss, folder: fixture.folder, ...options },
    )
  fixture.message = async (data) => {
    const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(fixture.oldCmk, fixture.cloud.kmsOptions()) })
    return Buffer.from((await sdk.encrypt(data, { encryptionContext: { from: 'elsewhere' } })).message)
  }
  fixture.report = async (folder = fixture.folder) =>
    (await readFile(join(folder, 'report.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  fixture.keepVersions = async () => {
    const oss = fixture.oss as unknown as { putBucketVersioning(bucket: string, status: string): Promise<unknown> }
    await oss.putBucketVersioning(fixture.bucket, 'Enabled')
  }
  fixture.writeInventory = async (versions, fields) => {
    const oss = fixture.oss as unknown as { putBucketInventory(bucket: string, inventory: object): Promise<unknown> }
    await oss.putBucketInventory(fixture.bucket, {
      id: 'report',
      isEnabled: true,
      prefix: 'o/',
      OSSBucketDestination: {
        format: 'CSV',
        accountId: '1',
        rolename: 'role',
        bucket: fixture.bucket,
        prefix: 'inventory',
      },
      frequency: 'Daily',
      includedObjectVersions: versions,
      optionalFields: { field: fields },
    })
    return (await fixture.names()).find((name) => name.endsWith('/manifest.json'))!
  }
  fixture.names = async () => {
    const { objects } = await fixture.oss.listV2({ 'max-keys': '1000' })
    return objects.map(({ name }) => name)
  }
  return fixture
}

/** A client that somebody is faster than, when it reads a stream. */
export function beforeReading(client: OssEncryptionClient, act: (name: string) => Promise<void>): OssEncryptionClient {
  const methods = ['put', 'head', 'delete', 'copy', 'upgrade', 'verify'] as const
  const bound = Object.fromEntries(methods.map((method) => [method, client[method].bind(client)]))
  const getStream: OssEncryptionClient['getStream'] = async (name, options) => {
    await act(name)
    return client.getStream(name, options)
  }
  return Object.assign(Object.create(client) as OssEncryptionClient, bound, { getStream })
}
