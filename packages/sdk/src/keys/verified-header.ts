import { engine } from '#crypto-engine'
import type { AlgorithmName } from '../crypto/algorithm.js'
import { IntegrityError } from '../errors.js'
import { FloeCipher } from '../floe/floe-cipher.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import {
  createHeader,
  encodeCommittedFields,
  verifyHeader,
  type EncryptedDataKey,
  type HeaderFields,
  type MessageHeader,
} from '../message/header.js'

/** The CMKs of which it is known that they open the message. No other file can name it, and so make a {@link VerifiedHeader}. */
const provenCmks = Symbol('provenCmks')

/**
 * A header that belongs to a data key: algorithm and context are what the holder of the key wrote. So are the wrapped keys, but with FLOE, whose
 * body commits to everything except them. A `MessageHeader` as it was parsed is none.
 */
export interface VerifiedHeader extends MessageHeader {
  readonly [provenCmks]: readonly string[]
}

/** What a header says that was compared with nothing. */
export interface UnverifiedEncryptionInfo {
  readonly unverified: true
  readonly algorithm: AlgorithmName
  readonly encryptionContext: EncryptionContext
  readonly cmkArns: readonly string[]
  readonly unverifiedCmkArns?: undefined
  /** Of what the OSS SDKs' own encryption wrote: how the data key is wrapped, in their words, and what the writer said of the key. */
  readonly wrapAlgorithm?: string | undefined
  readonly keyDescription?: Readonly<Record<string, string>> | undefined
}

/** What is verified of a message's header. */
export interface EncryptionInfo {
  readonly unverified?: undefined
  readonly algorithm: AlgorithmName
  readonly encryptionContext: EncryptionContext
  /** The CMKs any one of which opens the message; of a `floe` object that was read, the one that opened it. */
  readonly cmkArns: readonly string[]
  /** What else the header of a `floe` object names: there because of its writer, a rewrap, or anybody who can write to the bucket. */
  readonly unverifiedCmkArns?: readonly string[] | undefined
}

/** A verified header's facts in the form in which callers get them. */
export function describeHeader(header: VerifiedHeader): EncryptionInfo {
  const cmkArns = header[provenCmks]
  const others = arnsOf(header).filter((arn) => !cmkArns.includes(arn))
  return {
    algorithm: header.algorithm.name,
    encryptionContext: header.encryptionContext,
    cmkArns,
    ...(others.length > 0 && { unverifiedCmkArns: others }),
  }
}

/** A header's facts as somebody wrote them. */
export function describeUnverifiedHeader(header: HeaderFields): UnverifiedEncryptionInfo {
  return {
    unverified: true,
    algorithm: header.algorithm.name,
    encryptionContext: header.encryptionContext,
    cmkArns: arnsOf(header),
  }
}

/** Makes the header of a message: what a data key's holder says is verified by that. */
export async function makeHeader(fields: HeaderFields, dataKey: Uint8Array): Promise<VerifiedHeader> {
  return { ...(await createHeader(engine, fields, dataKey)), [provenCmks]: arnsOf(fields) }
}

/**
 * Verifies a header with the data key that one of its wrapped keys gave.
 *
 * @param floeHeader With FLOE: the body's first 74 bytes, whose tag is the header's.
 * @throws IntegrityError when the key is not the message's, or the header not what its holder wrote.
 */
export async function proveHeader(
  header: MessageHeader,
  dataKey: Uint8Array,
  { keyArn }: EncryptedDataKey,
  floeHeader: Uint8Array | undefined,
): Promise<VerifiedHeader> {
  if (header.algorithm.mode !== 'FLOE') {
    await verifyHeader(engine, header, dataKey)
    return { ...header, [provenCmks]: arnsOf(header) }
  }
  if (!floeHeader) throw new IntegrityError()
  const cipher = await FloeCipher.open(engine, dataKey, encodeCommittedFields(header), floeHeader)
  cipher.dispose()
  return { ...header, [provenCmks]: [keyArn] }
}

function arnsOf({ encryptedDataKeys }: HeaderFields): readonly string[] {
  return encryptedDataKeys.map(({ keyArn }) => keyArn)
}
