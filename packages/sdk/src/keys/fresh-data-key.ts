import { engine } from '#crypto-engine'
import type { DataKeyRequest, EncryptionMaterials } from './data-key-provider.js'
import type { DataKeyRewrapper } from './data-key-rewrapper.js'

/** A data key of random bytes, as whoever has keys to wrap it with wraps it. */
export async function freshDataKey(
  keys: Pick<DataKeyRewrapper, 'wrapDataKey'>,
  request: DataKeyRequest,
): Promise<EncryptionMaterials> {
  const dataKey = engine.randomBytes(request.algorithm.keyLength)
  try {
    return { dataKey, encryptedDataKeys: await keys.wrapDataKey({ ...request, dataKey }) }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}
