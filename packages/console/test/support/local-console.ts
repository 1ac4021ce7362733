import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import type { BrokerAuditRecord } from 'osscrypt/broker'
import { OssEncryptionClient } from 'osscrypt/oss'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { startConsole, type ConsoleCloud, type RunningConsole } from '../../src/index.js'

export const BUCKET = 'console-bucket'

/** A console over a cloud of its own. */
export interface LocalConsole {
  readonly cloud: LocalCloud
  readonly cmks: readonly [string, string]
  readonly console: RunningConsole
  readonly audit: readonly BrokerAuditRecord[]
  readonly store: OSS
  readonly client: OssEncryptionClient
  close(): Promise<void>
}

export async function startLocalConsole(
  options: { readonly now?: () => number; readonly format?: 'gcm' | 'floe'; readonly port?: number } = {},
): Promise<LocalConsole> {
  const { now, format = 'gcm', port } = options
  const cloud = await startLocalCloud({ buckets: [BUCKET, 'empty-bucket'], ...(now && { now }) })
  const cmks = [await cloud.createKey(), await cloud.createKey()] as const
  const dataKeys = new KmsDataKeyProvider(cmks[0], cloud.kmsOptions())
  const storeOf = (bucket: string) => new OSS(cloud.ossOptions(bucket))
  const clientOf = (bucket: string) => new OssEncryptionClient({ store: storeOf(bucket), dataKeys })
  const consoleCloud: ConsoleCloud = {
    region: cloud.region,
    isLocal: true,
    cmks,
    dataKeys,
    format,
    credentials: async () => cloud.credentials,
    bucketUrl: (bucket) => `${cloud.oss.endpoint}/${bucket}`,
    client: async (bucket) => clientOf(bucket),
    listBuckets: async () => [
      { name: BUCKET, region: cloud.region },
      { name: 'empty-bucket', region: cloud.region },
      { name: 'far-bucket', region: 'cn-beijing' },
    ],
    list: async (bucket, { prefix, delimiter, token }) => {
      const query = {
        prefix,
        'max-keys': '1000',
        ...(delimiter && { delimiter }),
        ...(token && { 'continuation-token': token }),
      }
      const page = (await storeOf(bucket).listV2(query, {})) as unknown as {
        readonly objects?: { name: string; size: number; lastModified: string; storageClass: string }[]
        readonly prefixes?: string[] | null
        readonly nextContinuationToken?: string | null
      }
      return {
        objects: (page.objects ?? []).map(({ name: key, size: storedLength, lastModified, storageClass }) => ({
          key,
          storedLength,
          lastModified: new Date(lastModified),
          storageClass,
        })),
        prefixes: page.prefixes ?? [],
        token: page.nextContinuationToken ?? undefined,
      }
    },
    corsRules: async (bucket) => {
      try {
        return (await storeOf(bucket).getBucketCORS(bucket)).rules
      } catch (error) {
        if ((error as { readonly code?: string }).code === 'NoSuchCORSConfiguration') return []
        throw error
      }
    },
  }
  const audit: BrokerAuditRecord[] = []
  const running = await startConsole({ cloud: consoleCloud, port, audit: (_bucket, record) => audit.push(record) })
  return {
    cloud,
    cmks,
    console: running,
    audit,
    store: storeOf(BUCKET),
    client: clientOf(BUCKET),
    close: async () => {
      await running.close()
      await cloud.close()
    },
  }
}
