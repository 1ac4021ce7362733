import { ServiceError } from 'osscrypt'
import type { ObjectLocation } from '../location.js'
import { nonEmpty } from '../non-empty.js'
import { askOss } from './ask-oss.js'
import type { Session } from './session.js'

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string
  /** Bytes that OSS holds. */
  readonly storedLength: number
  readonly lastModified: Date
  /** Not looked for in listings of versions. */
  readonly etag?: string | undefined
  /** `Standard`, `IA`, `Archive` and the like, where OSS says it. */
  readonly storageClass?: string | undefined
}

/** A page of a listing. */
export interface Listing {
  readonly objects: readonly ListedObject[]
  /** With a delimiter: what keys have in common up to it. */
  readonly prefixes: readonly string[]
}

interface RawObject {
  readonly name: string
  readonly size: number
  readonly lastModified: string
  readonly etag: string
  readonly storageClass?: string
}

interface RawPage {
  readonly objects?: readonly RawObject[] | null
  readonly prefixes?: readonly string[] | null
  readonly isTruncated?: boolean
  readonly nextContinuationToken?: string | null
}

/** Where a page of a listing begins. */
interface PageOptions {
  readonly delimiter?: string | undefined
  /** What the page before it ended with. */
  readonly token?: string | undefined
  readonly signal: AbortSignal
}

/** A page of what starts with a location's key, and what asks for the next. */
export async function listPage(
  session: Session,
  { bucket, key }: ObjectLocation,
  { delimiter, token, signal }: PageOptions,
): Promise<Listing & { readonly token: string | undefined }> {
  const store = await session.rawStore(bucket)
  // ali-oss changes the query it is given. Keys come encoded, for XML cannot hold every character.
  const query = {
    prefix: nonEmpty(key),
    delimiter,
    'max-keys': '1000',
    'encoding-type': 'url',
    'continuation-token': token,
  }
  const page = (await askOss(
    `ListObjects of ${bucket}`,
    () => store.listV2(Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)), {}),
    { retry: session.retry, signal },
  )) as unknown as RawPage
  return {
    objects: (page.objects ?? []).map(({ name, size, lastModified, etag, storageClass }) => ({
      key: decodeKey(name),
      storedLength: size,
      lastModified: new Date(lastModified),
      etag,
      storageClass,
    })),
    prefixes: (page.prefixes ?? []).map(decodeKey),
    token: page.isTruncated === true ? (page.nextContinuationToken ?? undefined) : undefined,
  }
}

/** Lists what starts with a location's key, page by page. */
export async function* listPages(
  session: Session,
  location: ObjectLocation,
  { delimiter, signal }: Omit<PageOptions, 'token'>,
): AsyncGenerator<Listing> {
  let token: string | undefined
  do {
    const page = await listPage(session, location, { delimiter, token, signal })
    yield page
    token = page.token
  } while (token !== undefined)
}

/** All objects below a location. */
export async function* listObjects(
  session: Session,
  location: ObjectLocation,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  for await (const { objects } of listPages(session, location, { signal })) yield* objects
}

/** A key as it was asked for with `encoding-type=url`. @throws ServiceError `BadAnswer`. */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    throw new ServiceError('BadAnswer', 'OSS listed a key that is not well-formed', { service: 'oss' })
  }
}
