import type { FormatName } from 'osscrypt/oss'

/** What is known of an object's format. */
interface Described {
  readonly format: FormatName
  readonly encryption: { readonly algorithm: string }
}

/** The format's name, as options call it; where it is `gcm` under another algorithm than its own, that algorithm's. */
export function formatOf({ format, encryption: { algorithm } }: Described): string {
  return format === 'gcm' && algorithm !== 'AES_GCM_NOPADDING_256' ? algorithm : format
}
