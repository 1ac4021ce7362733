import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OSS from 'ali-oss'
import { KmsDataKeyProvider, type KmsDataKeyProviderOptions, type RetryPolicy } from 'osscrypt'
import { OssEncryptionClient, type OssEncryptionClientOptions } from 'osscrypt/oss'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, beforeEach, vi } from 'vitest'

export const BUCKET = 'osscrypt-test'

/** Retries at once, so that tests do not wait. */
export const fastRetry: RetryPolicy = { maxAttempts: 4, delayMs: () => 1 }

/** A local cloud and what the tests of one file share. */
export interface CloudFixture {
  readonly cloud: LocalCloud
  /** A CMK of the cloud. */
  readonly cmkArn: string
  /** The caller's own ali-oss client. */
  readonly oss: OSS
  /** A folder for the files of one test. */
  readonly folder: string
  /** The folder that clients are told to keep temporary files in. */
  readonly temporaryFolder: string
  dataKeys(options?: KmsDataKeyProviderOptions): KmsDataKeyProvider
  client(options?: Partial<OssEncryptionClientOptions>): OssEncryptionClient
  /** `service operation` of every request since the test began. */
  operations(): string[]
  /** Everything in the test's folders. */
  files(): Promise<string[]>
}

/** Starts a local cloud for the tests of one file; faults, recordings and files are those of one test. */
export function useCloud(ossOptions: object = {}): CloudFixture {
  const fixture = {} as { -readonly [Key in keyof CloudFixture]: CloudFixture[Key] }
  beforeAll(async () => {
    fixture.cloud = await startLocalCloud({ buckets: [BUCKET] })
    fixture.cmkArn = await fixture.cloud.createKey()
    fixture.oss = new OSS({ ...fixture.cloud.ossOptions(BUCKET), timeout: 5000, ...ossOptions })
    silenceUrllib()
  })
  beforeEach(async () => {
    fixture.cloud.faults.clear()
    fixture.cloud.clearRequests()
    fixture.folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    fixture.temporaryFolder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    return async () => {
      await rm(fixture.folder, { recursive: true, force: true })
      await rm(fixture.temporaryFolder, { recursive: true, force: true })
    }
  })
  afterAll(() => fixture.cloud.close())
  fixture.dataKeys = (options) => new KmsDataKeyProvider(fixture.cmkArn, { ...kmsOptions(fixture.cloud), ...options })
  fixture.client = (options) =>
    new OssEncryptionClient({
      store: fixture.oss,
      dataKeys: fixture.dataKeys(),
      retry: fastRetry,
      idleTimeoutMs: 1000,
      temporaryFolder: fixture.temporaryFolder,
      ...options,
    })
  fixture.operations = () => fixture.cloud.requests.map(({ service, operation }) => `${service} ${operation}`)
  fixture.files = async () => [...(await readdir(fixture.folder)), ...(await readdir(fixture.temporaryFolder))]
  return fixture
}

/** ali-oss's HTTP client prints a warning, several lines long, for every upload that breaks. */
export function silenceUrllib(): void {
  const { warn } = console
  vi.spyOn(console, 'warn').mockImplementation((...args: unknown[]) => {
    if (!String(args[0]).startsWith('[urllib:warn]')) warn(...args)
  })
}

/** How a provider reaches the cloud's KMS. */
export function kmsOptions(cloud: LocalCloud): KmsDataKeyProviderOptions {
  return { ...cloud.kmsOptions(), retry: fastRetry, timeoutMs: 1000 }
}
