import { ServiceError } from 'osscrypt'
import type { AccessKey, Settings } from '../config/settings.js'
import { defaultExport } from './default-export.js'

/** Gives the access key at each time that it is asked: the settings' own, or what the default chain finds. @throws ServiceError when there is none. */
export function credentialsOf({ accessKey }: Pick<Settings, 'accessKey'>): () => Promise<AccessKey> {
  let chain: Promise<{ getCredential(): Promise<Partial<AccessKey>> }> | undefined
  return async () => {
    if (accessKey) return accessKey
    let found: Partial<AccessKey> = {}
    try {
      found = await (await (chain ??= openChain())).getCredential()
    } catch {
      // What it says may quote the file that it found. Told below.
    }
    const { accessKeyId, accessKeySecret, securityToken } = found
    if (!accessKeyId || !accessKeySecret)
      throw new ServiceError('CredentialsUnavailable', 'there are no credentials', { service: 'oss' })
    return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) }
  }
}

/** Who gives the access key does not load it. */
async function openChain() {
  const { default: AlibabaCredential } = await import('@alicloud/credentials')
  return new (defaultExport(AlibabaCredential))(null)
}
