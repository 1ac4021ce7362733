import { clientOf } from './clients.js'
import { formatBytes, formatTime, type texts } from './language.js'
import { envelopeHeader, seenEnvelope } from './seen-envelope.js'

type RowName = keyof ReturnType<typeof texts>['envelopeRows']

/** A fact of an envelope. */
export interface EnvelopeFact {
  readonly name: RowName
  readonly value: string
  /** Whether reading the object verifies it. */
  readonly isAuthenticated: boolean
  readonly isCode?: boolean
}

/** An envelope, as it is now. */
export interface ReadEnvelope {
  readonly facts: readonly EnvelopeFact[]
  /** See seenEnvelope. */
  readonly seen: string
}

const OWN_CONTEXT = 'osscrypt:'

/** All that an envelope says, by what OSS says: KMS is not asked. */
export async function readEnvelope(bucket: string, key: string, signal: AbortSignal): Promise<ReadEnvelope> {
  const { res, meta, encryption, format, plaintextLength } = await clientOf(bucket).head(key, { signal })
  const { headers } = res
  const { algorithm, cmkArns, encryptionContext } = encryption
  const beside = (name: string) => envelopeHeader(headers, name)
  const lengthOf = (base64: string | undefined) =>
    base64 === undefined ? undefined : formatBytes(Math.floor((base64.replace(/=+$/, '').length * 3) / 4))
  const authenticated = (name: RowName, value: string | undefined, isCode = false): EnvelopeFact[] =>
    value === undefined ? [] : [{ name, value, isAuthenticated: true, isCode }]
  const said = (name: RowName, value: string | undefined, isCode = false): EnvelopeFact[] =>
    value === undefined ? [] : [{ name, value, isAuthenticated: false, isCode }]
  const context = Object.entries(encryptionContext).filter(([name]) => !name.startsWith(OWN_CONTEXT))
  const facts = [
    ...authenticated('format', format),
    ...authenticated('algorithm', algorithm, true),
    ...cmkArns.flatMap((arn) => authenticated('cmk', arn, true)),
    ...[...new Set(cmkArns.map((arn) => arn.split(':')[2]))].flatMap((region) => authenticated('cmkRegion', region)),
    ...[...new Set(cmkArns.map((arn) => arn.split(':')[3]))].flatMap((account) => authenticated('cmkAccount', account)),
    ...authenticated('boundTo', encryptionContext[`${OWN_CONTEXT}object`], true),
    ...context.flatMap(([name, value]) => authenticated('context', `${name} = ${value}`, true)),
    ...authenticated('header', lengthOf(beside('header'))),
    ...authenticated('iv', beside('iv'), true),
    ...authenticated('tag', beside('authtag'), true),
    ...authenticated('length', plaintextLength === undefined ? undefined : formatBytes(plaintextLength)),
    ...said(
      'stored',
      headers['content-length'] === undefined ? undefined : formatBytes(Number(headers['content-length'])),
    ),
    ...said('type', headers['content-type']),
    ...Object.entries(meta).flatMap(([name, value]) => said('meta', `${name} = ${value}`, true)),
    ...said('etag', headers['etag'], true),
    ...said('crc', headers['x-oss-hash-crc64ecma'], true),
    ...said('modified', headers['last-modified'] && formatTime(Date.parse(headers['last-modified']))),
    ...said('storageClass', headers['x-oss-storage-class']),
  ]
  return { facts, seen: seenEnvelope(headers) }
}
