import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import type OSS from 'ali-oss'

/** The names under which an envelope is stored, without `x-oss-meta-`. */
export const ENVELOPE = { header: 'x-oss-meta-header', iv: 'x-oss-meta-iv', authTag: 'x-oss-meta-authtag' } as const

/** An object as OSS holds it. */
export interface StoredObject {
  readonly body: Buffer
  /** User metadata, without `x-oss-meta-`. */
  readonly meta: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

/** Reads an object as it is stored. */
export async function readStored(oss: OSS, name: string): Promise<StoredObject> {
  const { stream, res } = (await oss.getStream(name)) as unknown as {
    stream: Readable
    res: { headers: Record<string, string> }
  }
  const body = await buffer(stream)
  const meta = Object.entries(res.headers).flatMap(([header, value]) =>
    header.startsWith('x-oss-meta-') ? [[header.slice('x-oss-meta-'.length), value] as const] : [],
  )
  return { body, meta: Object.fromEntries(meta), headers: res.headers }
}

/** Stores an object as it is given. */
export async function writeStored(
  oss: OSS,
  name: string,
  { body, meta }: Pick<StoredObject, 'body' | 'meta'>,
): Promise<void> {
  await oss.put(name, body, { meta: { ...meta } as never })
}
