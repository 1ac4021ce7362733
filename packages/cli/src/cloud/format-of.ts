import type { EncryptionInfo } from 'osscrypt'

/** The format's name: `gcm` and `floe` as options call them, other algorithms by their own. */
export function formatOf({ algorithm }: Pick<EncryptionInfo, 'algorithm'>): string {
  if (algorithm === 'FLOE') return 'floe'
  return algorithm === 'AES_GCM_NOPADDING_256' ? 'gcm' : algorithm
}
