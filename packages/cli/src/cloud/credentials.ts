import AlibabaCredential from '@alicloud/credentials'
import { ServiceError } from 'osscrypt'
import type { AccessKey, Settings } from '../config/settings.js'
import { defaultExport } from './default-export.js'

const DefaultChain = defaultExport(AlibabaCredential)

/** Gives the access key at each time that it is asked: the settings' own, or what the default chain finds. @throws ServiceError when there is none. */
export function credentialsOf({ accessKey }: Pick<Settings, 'accessKey'>): () => Promise<AccessKey> {
  let chain: InstanceType<typeof DefaultChain> | undefined
  return async () => {
    if (accessKey) return accessKey
    let found: Partial<AccessKey> = {}
    try {
      chain ??= new DefaultChain(null)
      found = await chain.getCredential()
    } catch {
      // What it says may quote the file that it found. Told below.
    }
    const { accessKeyId, accessKeySecret, securityToken } = found
    if (!accessKeyId || !accessKeySecret)
      throw new ServiceError('CredentialsUnavailable', 'there are no credentials', { service: 'oss' })
    return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) }
  }
}
