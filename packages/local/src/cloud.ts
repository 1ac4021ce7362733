import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AccessKeys } from './credentials/access-keys.js'
import { FaultPlan, type ServiceName } from './faults/fault-plan.js'
import type { AccessKey, ServiceOptions } from './http/service.js'
import { instanceIdOf, startInstance } from './instance/start-instance.js'
import { KmsError } from './kms/kms-error.js'
import { type KmsService, createKmsService } from './kms/kms-service.js'
import type { KmsAccessKey } from './kms/permissions.js'
import { type Listener, host, listen } from './listener.js'
import type { LocalCloud, LocalCloudOptions, LocalKeyOptions, LocalOssOptions } from './local-cloud.js'
import { malformedAnswer } from './oss/protocol/malformed-answer.js'
import { createOssService } from './oss/oss-service.js'
import { putBucket } from './put-bucket.js'
import { type RecordedRequest, RequestLog } from './request-log.js'
import { defaultAccessKey } from './state/default-access-key.js'
import { lockFolder } from './state/folder-lock.js'
import { makeOwnFolder } from './state/own-folder.js'
import { makePrivateFolder } from './state/private-file.js'
import { startSts } from './sts/start-sts.js'
import { createStsService } from './sts/sts-service.js'

/**
 * Starts a KMS and an OSS on 127.0.0.1 that real clients can use, with real formats, signatures and encryption.
 *
 * @throws {LocalCloudError} `FOLDER_LOCKED`, `FOLDER_NOT_OWN`, `PORT_TAKEN`, `STATE_UNREADABLE`; nothing is left running then.
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const { region = 'cn-hangzhou', accountId = '1234567890123456', now = Date.now } = options
  const undo: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
  }
  try {
    const folder = openFolder(options.folder, undo)
    const lasting: readonly KmsAccessKey[] = options.accessKeys ?? [defaultAccessKey(folder)]
    const [credentials] = lasting
    if (credentials === undefined) throw new TypeError('accessKeys is empty')
    const faults = new FaultPlan()
    for (const fault of options.faults ?? []) faults.add(fault)
    const log = new RequestLog()
    const folderOf = (service: ServiceName): string => {
      const own = join(folder, service)
      makePrivateFolder(own)
      return own
    }
    const accessKeys = new AccessKeys(folderOf('sts'), lasting)
    const serviceOptions = (service: ServiceName): ServiceOptions & { accessKeys: readonly KmsAccessKey[] } => {
      const onRequest = (request: Omit<RecordedRequest, 'service'>): void => {
        log.add({ service, ...request })
      }
      return { folder: folderOf(service), accessKeys: accessKeys.all, faults, now, onRequest }
    }

    const instanceId = options.instance === true ? instanceIdOf(folder) : undefined
    const instanceIds = instanceId === undefined ? [] : [instanceId]
    const { kmsQuotas: quotas = false } = options
    const kms = createKmsService({ ...serviceOptions('kms'), accountId, defaultRegion: region, instanceIds, quotas })
    undo.push(() => kms.close())
    const kmsListener = await listen((request, response) => kms.handle(request, response), {
      port: options.kmsPort,
      requestTimeoutMs: 60_000,
    })
    undo.push(() => kmsListener.close())

    const started =
      instanceId === undefined ? undefined : await startInstance(kms, instanceId, folder, options.instancePort)
    undo.push(() => started?.listener.close())

    const oss = await createOssService({
      ...serviceOptions('oss'),
      buckets: options.buckets ?? [],
      region,
      guesses: options.ossGuesses,
    })
    undo.push(() => oss.close())
    const ossListener = await listen((request, response) => oss.handle(request, response), {
      port: options.ossPort,
      // An upload may be large, and slow.
      requestTimeoutMs: 60 * 60_000,
      isLenient: true,
      malformedAnswer: malformedAnswer(),
    })
    undo.push(() => ossListener.close())
    const ossEndpoint = urlOf(ossListener)

    const stsService = createStsService({ ...serviceOptions('sts'), accessKeys, accountId })
    undo.push(() => stsService.close())
    const { stsPort: port, stsOverTls: overTls = false } = options
    const { sts, listener: stsListener } = await startSts(stsService, folder, { port, overTls })
    undo.push(() => stsListener.close())

    return {
      folder,
      region,
      accountId,
      credentials,
      kms: { endpoint: urlOf(kmsListener), call: (operation, parameters) => kms.execute(operation, parameters) },
      oss: { endpoint: ossEndpoint },
      sts,
      ...(started === undefined ? {} : { instance: started.instance }),
      faults,
      get requests() {
        return log.requests
      },
      clearRequests: () => {
        log.clear()
      },
      ossOptions: (bucket, accessKey = credentials) => ossOptions(ossEndpoint, region, bucket, accessKey),
      kmsOptions: (accessKey = credentials) => ({ endpoint: urlOf(kmsListener), credentials: accessKey }),
      makeTemporaryKey: (lifetimeMs) => accessKeys.makeTemporary(credentials, now() + lifetimeMs, now()),
      kmsConfig: () => ({
        ...credentials,
        protocol: 'HTTP',
        endpoint: `${host}:${String(kmsListener.port)}`,
        regionId: region,
      }),
      createKey: (keyOptions) => createKey(kms, region, keyOptions),
      findKey: (keyId) => findKey(kms, keyId),
      denyKey: (arn) => {
        kms.permissions.denyKey(arn)
      },
      permitKey: (arn) => {
        kms.permissions.permitKey(arn)
      },
      createBucket: (name) => putBucket(ossEndpoint, name, credentials, now()),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Makes the folder ready and takes it; leaves behind how to give it back. */
function openFolder(given: string | undefined, undo: (() => void)[]): string {
  const folder = given === undefined ? mkdtempSync(join(tmpdir(), 'osscrypt-local-')) : resolve(given)
  makeOwnFolder(folder)
  if (given === undefined) {
    undo.push(() => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    })
  }
  undo.push(lockFolder(folder))
  return folder
}

function urlOf(listener: Listener): string {
  return `http://${host}:${String(listener.port)}`
}

function ossOptions(endpoint: string, region: string, bucket: string, credentials: AccessKey): LocalOssOptions {
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  return {
    endpoint,
    sldEnable: true,
    secure: false,
    region: `oss-${region}`,
    bucket,
    accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { stsToken: securityToken }),
  }
}

async function createKey(kms: KmsService, region: string, options: LocalKeyOptions = {}): Promise<string> {
  const regionId = options.region ?? region
  // Asked first, so that no key is made that nobody knows.
  if (options.alias !== undefined && (await hasAlias(kms, regionId, options.alias)))
    throw new KmsError('AliasAlreadyExists')
  const { KeyMetadata } = await kms.execute('CreateKey', {
    RegionId: regionId,
    Description: options.description ?? '',
    KeySpec: options.keySpec ?? '',
    KeyUsage: options.keyUsage ?? '',
    DKMSInstanceId: options.instanceId ?? '',
  })
  const { Arn } = KeyMetadata as { Arn: string }
  if (options.alias !== undefined) await kms.execute('CreateAlias', { KeyId: Arn, AliasName: options.alias })
  return Arn
}

async function hasAlias(kms: KmsService, region: string, alias: string): Promise<boolean> {
  return (await findKey(kms, alias, region)) !== undefined
}

async function findKey(kms: KmsService, keyId: string, region = ''): Promise<string | undefined> {
  try {
    const { KeyMetadata } = await kms.execute('DescribeKey', { KeyId: keyId, RegionId: region })
    return (KeyMetadata as { Arn: string }).Arn
  } catch (error) {
    if (error instanceof KmsError && error.status === 404) return undefined
    throw error
  }
}
