import { createKmsCall } from 'osscrypt'
import { usageError } from '../command-error.js'
import type { Session } from './session.js'

/** Asks KMS about CMKs themselves, which the library has no business with. One attempt. @throws ServiceError. */
export async function askKms(
  { kms, settings }: Session,
  region: string | undefined,
  action: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const place = region ?? settings.region?.replace(/^oss-/, '')
  if (place === undefined) throw usageError('no region', 'give --region')
  return createKmsCall(kms)(action, { region: place }, { open: query }, { signal })
}
