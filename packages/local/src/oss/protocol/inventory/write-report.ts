import { createHash, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Backend, VersionPage } from '../backend.js'
import type { InventoryRule } from '../facts.js'
import { wholeSecond } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'

type Version = VersionPage['entries'][number]

const ROWS_PER_FILE = 100_000

/** A file of a report, as its manifest names it. */
interface ReportFile {
  readonly MD5checksum: string
  readonly key: string
  readonly size: number
}

/**
 * Writes a bucket's inventory: CSV files without a header row, in gzip, then the manifest that names them, then its checksum.
 * Nothing is written when nothing matches.
 */
export async function writeReport(backend: Backend, source: string, rule: InventoryRule, nowMs: number): Promise<void> {
  const { bucket, prefix } = rule.destination
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${source}/${rule.id}`
  const put = async (key: string, bytes: Buffer, type: string): Promise<ReportFile> => {
    const place = { bucket, key, nowMs: wholeSecond(nowMs), forbidOverwrite: false }
    const traits = { headers: { 'content-type': type }, storageClass: 'Standard', acl: 'default', tags: [] }
    await backend.putObject(place, traits, { chunks: oneChunk(bytes), maxLength: Infinity, md5: null })
    return { MD5checksum: md5Of(bytes).toUpperCase(), key, size: bytes.length }
  }

  const files: ReportFile[] = []
  const id = randomUUID()
  for await (const rows of rowsOf(backend, source, rule)) {
    const name = files.length === 0 ? id : `${id}-${files.length}`
    files.push(await put(`${folder}/data/${name}.csv.gz`, gzipSync(rows.join('')), 'application/octet-stream'))
  }
  if (files.length === 0) return
  const manifest = Buffer.from(
    JSON.stringify({
      creationTimestamp: String(Math.floor(nowMs / 1000)),
      destinationBucket: bucket,
      fileFormat: 'CSV',
      fileSchema: schemaOf(rule).join(', '),
      files,
      sourceBucket: source,
      version: '2019-09-01',
    }),
  )
  const time = new Date(nowMs).toISOString().replace(/^(.{13}):(.{2}).*$/, '$1-$2Z')
  await put(`${folder}/${time}/manifest.json`, manifest, 'application/json')
  await put(`${folder}/${time}/manifest.checksum`, Buffer.from(md5Of(manifest)), 'text/plain')
}

function schemaOf({ versions, fields }: InventoryRule): string[] {
  return ['Bucket', 'Key', ...(versions === 'All' ? ['VersionId', 'IsLatest', 'IsDeleteMarker'] : []), ...fields]
}

/** The rows of each file. */
async function* rowsOf(backend: Backend, source: string, rule: InventoryRule): AsyncGenerator<string[]> {
  let rows: string[] = []
  for await (const version of versionsOf(backend, source, rule)) {
    rows.push(`${columnsOf(source, version, rule).join(',')}\n`)
    if (rows.length === ROWS_PER_FILE) {
      yield rows
      rows = []
    }
  }
  if (rows.length > 0) yield rows
}

async function* versionsOf(
  backend: Backend,
  source: string,
  { prefix, versions }: InventoryRule,
): AsyncGenerator<Version> {
  const query = { prefix, delimiter: '', limit: 1000 }
  for (let after = '', afterVersionId = ''; ;) {
    const page = await backend.listVersions(source, { ...query, after, afterVersionId })
    yield* page.entries.filter((entry) => versions === 'All' || (entry.isLatest && !entry.deleteMarker))
    if (page.next === null) return
    after = page.next
    afterVersionId = page.nextVersionId ?? ''
  }
}

/** Texts are quoted, numbers and truth values are not; a delete marker has nothing to tell of most. */
function columnsOf(source: string, version: Version, { versions, fields }: InventoryRule): string[] {
  const all = versions === 'All' ? [quote(version.versionId), version.isLatest, version.deleteMarker].map(String) : []
  return [
    quote(source),
    quote(percentEncode(version.key).replaceAll('%2F', '/')),
    ...all,
    ...fields.map((field) => fieldOf(field, version)),
  ]
}

function fieldOf(field: string, version: Version): string {
  switch (field) {
    case 'LastModifiedDate':
      return quote(new Date(version.lastModifiedMs).toISOString())
    case 'Size':
      return version.deleteMarker ? '' : String(version.size)
    case 'TaggingCount':
      return version.deleteMarker ? '' : String(version.tags.length)
    case 'IsMultipartUploaded':
      return version.deleteMarker ? '' : String(version.type === 'Multipart')
    case 'EncryptionStatus':
      return version.deleteMarker ? '' : String(version.encryption !== undefined)
    case 'StorageClass':
      return textOf(version, version.storageClass)
    case 'ETag':
      return textOf(version, version.etag)
    case 'ObjectAcl':
      return textOf(version, version.acl)
    case 'ObjectType':
      return textOf(version, version.type)
    case 'Crc64':
      return textOf(version, version.crc64)
    default:
      return ''
  }
}

function textOf({ deleteMarker }: Version, text: string): string {
  return deleteMarker ? '' : quote(text)
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

async function* oneChunk(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk
}
