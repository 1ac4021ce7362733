import { encodeInteger, encodeOctetString, encodeSequence, encodeSetOf } from '../../src/bytes/der.js'

// A writer of headers that keeps to no rule, for tests of the reader. By default what it writes is well-formed.

/** A wrapped data key; lengths are what the header claims. */
interface HostileKey {
  readonly arn: string | Buffer
  readonly arnLength?: number
  readonly blob?: string
  readonly blobLength?: number
}

/** What to write; everything that is left out is as it should be. */
export interface HostileHeader {
  readonly version?: number
  readonly algorithm?: number
  readonly pairs?: readonly (readonly [string | Buffer, string | Buffer])[]
  readonly pairCount?: number
  /** Claimed lengths of keys and values, in the order in which they stand. */
  readonly pairLengths?: readonly number[]
  readonly contextLength?: number
  readonly keys?: readonly HostileKey[]
  readonly keyCount?: number
  readonly headerIvLength?: number
  readonly headerTagLength?: number
  readonly ivLength?: number
}

const defaultKeys: readonly HostileKey[] = [{ arn: 'acs:kms:cn-hangzhou:1234567890123456:key/first' }]
const defaultBlob = Buffer.alloc(60, 7).toString('base64')

const bytesOf = (value: string | Buffer): Buffer => Buffer.from(value as string)
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A stream message (form 2) with a body of 100 bytes. */
export function streamOf(header: HostileHeader): Buffer {
  const { version = 1, algorithm = 2, pairs = [], keys = defaultKeys } = header
  const lengths = [...(header.pairLengths ?? [])]
  const entries = pairs.flat().flatMap((text) => [uint32(lengths.shift() ?? bytesOf(text).length), bytesOf(text)])
  const counted = entries.length > 0 || header.pairCount !== undefined
  const context = Buffer.concat([...(counted ? [uint32(header.pairCount ?? pairs.length)] : []), ...entries])
  const wrapped = keys.flatMap(({ arn, arnLength, blob = defaultBlob, blobLength }) => [
    uint32(arnLength ?? bytesOf(arn).length),
    bytesOf(arn),
    uint32(blobLength ?? blob.length),
    Buffer.from(blob),
  ])
  return Buffer.concat([
    uint32(version),
    uint32(algorithm),
    uint32(header.contextLength ?? context.length),
    context,
    uint32(header.keyCount ?? keys.length),
    ...wrapped,
    uint32(header.headerIvLength ?? 12),
    Buffer.alloc(12),
    uint32(header.headerTagLength ?? 16),
    Buffer.alloc(16),
    uint32(header.ivLength ?? 12).reverse(),
    Buffer.alloc(112),
  ])
}

/** A message (form 1) with a body of 100 bytes. Elements that are there twice stay so. */
export function der(header: HostileHeader): Uint8Array {
  const { version = 1, algorithm = 2, pairs = [], keys = defaultKeys } = header
  const pair = (first: Buffer, second: Buffer) => encodeSequence(encodeOctetString(first), encodeOctetString(second))
  return encodeSequence(
    encodeSequence(
      encodeInteger(version),
      encodeInteger(algorithm),
      encodeSetOf(keys.map(({ arn, blob = defaultBlob }) => pair(bytesOf(arn), Buffer.from(blob, 'base64')))),
      encodeSetOf(pairs.map(([key, value]) => pair(bytesOf(key), bytesOf(value)))),
      encodeOctetString(new Uint8Array(header.headerIvLength ?? 12)),
      encodeOctetString(new Uint8Array(header.headerTagLength ?? 16)),
    ),
    encodeSequence(
      encodeOctetString(new Uint8Array(header.ivLength ?? 12)),
      encodeOctetString(new Uint8Array(100)),
      encodeOctetString(new Uint8Array(16)),
    ),
  )
}
