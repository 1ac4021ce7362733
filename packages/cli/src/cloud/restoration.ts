import { ServiceError } from 'osscrypt'
import type { ObjectLocation } from '../location.js'
import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

/** Where an object stands between its archive and who wants to read it. */
export interface Restoration {
  /** `readable`: it is in no archive. */
  readonly state: 'readable' | 'archived' | 'ongoing' | 'restored'
  /** Until when what was restored can be read. */
  readonly until?: Date | undefined
  readonly storageClass: string
}

interface Asked {
  readonly versionId: string | undefined
  readonly signal: AbortSignal
}

const ARCHIVES = new Set(['Archive', 'ColdArchive', 'DeepColdArchive'])

/** Asks OSS where an object stands. */
export async function restorationOf(
  session: Session,
  { bucket, key }: ObjectLocation,
  { versionId, signal }: Asked,
): Promise<Restoration> {
  const store = await session.rawStore(bucket)
  const options: object = { versionId }
  const { res } = await askOss(`HeadObject ${key}`, () => store.head(key, options), { retry: session.retry, signal })
  const headers = res.headers as Readonly<Record<string, string | undefined>>
  const storageClass = headers['x-oss-storage-class'] ?? 'Standard'
  if (!ARCHIVES.has(storageClass)) return { state: 'readable', storageClass }
  const told = headers['x-oss-restore']
  if (told === undefined) return { state: 'archived', storageClass }
  if (told.includes('ongoing-request="true"')) return { state: 'ongoing', storageClass }
  const date = new Date(/expiry-date="([^"]*)"/.exec(told)?.[1] ?? NaN)
  return { state: 'restored', until: Number.isNaN(date.getTime()) ? undefined : date, storageClass }
}

/** Asks OSS to restore an archived object. @throws ServiceError. */
export async function requestRestoration(
  session: Session,
  { bucket, key }: ObjectLocation,
  {
    days,
    tier,
    storageClass,
    versionId,
    signal,
  }: Asked & { readonly days: number; readonly tier: string; readonly storageClass: string },
): Promise<void> {
  const store = await session.rawStore(bucket)
  // What ali-oss takes here, and its types do not tell of. It writes into it.
  const request = (): object => ({ type: storageClass, Days: days, JobParameters: tier, versionId })
  try {
    await askOss(`RestoreObject ${key}`, () => store.restore(key, request()), { retry: session.retry, signal })
  } catch (error) {
    // Somebody else has asked for it, or an attempt of ours whose answer was lost.
    if (!(error instanceof ServiceError && error.serviceCode === 'RestoreAlreadyInProgress')) throw error
  }
}
