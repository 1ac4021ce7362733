import { ServiceError } from 'osscrypt'
import type { Readable } from 'node:stream'
import { askOss, toServiceError, type AskOptions } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'

/** Where the inventory of a bucket is. */
export interface InventoryPlace {
  /** A client of the bucket that it is in. */
  readonly bucket: BucketClient
  /** The key of its `manifest.json`. */
  readonly manifest: string
}

/** What it has to be of. */
export interface ManifestOptions extends AskOptions {
  readonly bucketName: string
  /** Whether it has to tell of old versions. */
  readonly versions: boolean
}

/** What the manifest of an inventory says. */
export interface Manifest {
  readonly columns: Columns
  readonly files: readonly { readonly key: string; readonly md5: string }[]
}

/** Where in a row is what. Those of versions are there in an inventory of all versions only. */
export interface Columns {
  /** How many there are. */
  readonly count: number
  readonly bucket: number
  readonly key: number
  readonly size: number
  readonly lastModified: number
  readonly storageClass: number
  readonly versionId: number | undefined
  readonly isLatest: number | undefined
  readonly isDeleteMarker: number | undefined
}

/** A manifest names each file of 100 000 objects or more: it is no longer than this. */
const MAX_LENGTH = 32 * 1024 * 1024

/** Reads a manifest. @throws ServiceError `BadAnswer` for one that is none, is of another bucket, or tells too little. */
export async function readManifest(
  { bucket, manifest: key }: InventoryPlace,
  { bucketName, versions, signal, retry }: ManifestOptions,
): Promise<Manifest> {
  const text = await askOss('GetObject', async () => readText((await bucket.getStream(key)).stream as Readable), {
    signal,
    retry,
  })
  const { sourceBucket, fileFormat, fileSchema, files } = parse(text)
  if (sourceBucket !== bucketName) throw notUsable(`it is of the bucket ${String(sourceBucket)}`)
  if (fileFormat !== 'CSV' || typeof fileSchema !== 'string' || !Array.isArray(files)) throw notUsable('it is no CSV')
  // OSS writes no inventory of what has no objects.
  if (files.length === 0) throw notUsable('it names no files')
  const names = fileSchema.split(',').map((name) => name.trim().toLowerCase())
  const optional = (name: string) =>
    names.includes(name.toLowerCase()) ? names.indexOf(name.toLowerCase()) : undefined
  const required = (name: string) => {
    const index = optional(name)
    if (index === undefined) throw notUsable(`it has no ${name}: have that among its fields`)
    return index
  }
  if (versions) required('VersionId')
  return {
    columns: {
      count: names.length,
      bucket: required('Bucket'),
      key: required('Key'),
      size: required('Size'),
      lastModified: required('LastModifiedDate'),
      storageClass: required('StorageClass'),
      versionId: optional('VersionId'),
      isLatest: optional('IsLatest'),
      isDeleteMarker: optional('IsDeleteMarker'),
    },
    files: files.map((file: unknown) => {
      const { key: name, MD5checksum: md5 } = Object(file) as Record<string, unknown>
      if (typeof name !== 'string' || typeof md5 !== 'string') throw notUsable('it names a file without its hash')
      return { key: name, md5: md5.toUpperCase() }
    }),
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    throw notUsable('it is no JSON')
  }
}

async function readText(stream: Readable): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      pieces.push(bytes)
      length += bytes.length
      if (length > MAX_LENGTH) break
    }
  } catch (error) {
    throw toServiceError('GetObject', error)
  }
  if (length > MAX_LENGTH) throw notUsable('it is too long')
  return Buffer.concat(pieces).toString()
}

function notUsable(why: string): ServiceError {
  return new ServiceError('BadAnswer', `the manifest of the inventory cannot be used: ${why}`, { service: 'oss' })
}
