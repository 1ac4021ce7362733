import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FaultPlan } from '../../src/faults/fault-plan.js'
import type { AccessKey } from '../../src/http/service.js'
import { listen } from '../../src/listener.js'
import { malformedAnswer } from '../../src/oss/protocol/malformed-answer.js'
import { createOssService, type OssServiceOptions } from '../../src/oss/oss-service.js'

export const ACCESS_KEY: AccessKey = { accessKeyId: 'LTAI5tLocal', accessKeySecret: 'a-secret-of-the-tests' }
export const STS_KEY: AccessKey = {
  accessKeyId: 'STS.NTest',
  accessKeySecret: 'sts-secret',
  securityToken: 'CAIS/token+of==',
}
export const BUCKET = 'osscrypt-test'

/** The local OSS behind a listener on a port of its own. */
export interface LocalOss {
  readonly port: number
  readonly endpoint: string
  readonly folder: string
  readonly faults: FaultPlan
  readonly operations: string[]
  /** Moves the clock. */
  readonly clock: { offsetMs: number }
  /** Stops the service and keeps its folder. */
  stop(): Promise<void>
  /** Stops the service and removes its folder. */
  close(): Promise<void>
}

/** Starts the local OSS, in a new folder unless one is given. */
export async function startLocalOss(options: Partial<OssServiceOptions> = {}): Promise<LocalOss> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'osscrypt-oss-')))
  const faults = new FaultPlan()
  const operations: string[] = []
  const clock = { offsetMs: 0 }
  const service = await createOssService({
    accessKeys: [ACCESS_KEY, STS_KEY],
    buckets: [BUCKET],
    faults,
    now: () => Date.now() + clock.offsetMs,
    onRequest: ({ operation }) => operations.push(operation),
    ...options,
    folder,
  })
  const listener = await listen((request, response) => service.handle(request, response), {
    requestTimeoutMs: 60_000,
    isLenient: true,
    malformedAnswer: malformedAnswer(),
  })
  const { port } = listener
  const stop = async (): Promise<void> => {
    await listener.close()
    await service.close()
  }
  return {
    port,
    endpoint: `http://localhost:${port}`,
    folder,
    faults,
    operations,
    clock,
    stop,
    close: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
