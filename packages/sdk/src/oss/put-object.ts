import { algorithmByName, assertPlaintextLength, type AlgorithmSuite } from '../crypto/algorithm.js'
import {
  chooseAlgorithm,
  createEnvelope,
  describeHeader,
  type EncryptionInfo,
  type EncryptOptions,
  type Envelope,
} from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { bindContext } from './binding.js'
import { encryptFloeObject } from './encrypt-floe-object.js'
import { encryptObject } from './encrypt-object.js'
import type { EncryptedObject } from './encrypted-object.js'
import { assertMetadataFits, encodeEnvelopeHeaders, encodeMetadataHeaders, type Metadata } from './envelope-metadata.js'
import type { StoreAnswer } from './object-store.js'
import type { Progress } from './object-part.js'
import type { ClientParts } from './open-object.js'
import { assertPartLength } from './part-plan.js'
import { openSource, type OpenSource, type PutSource } from './put-source.js'
import { sendObject } from './send-object.js'

/** Options of storing an object. */
export interface PutOptions extends EncryptOptions {
  /**
   * `gcm`: one message, which the vendor's SDKs read, of up to 64 GiB. `floe`: segments, of which every part can be read verified. Default
   * `gcm`.
   */
  readonly format?: 'gcm' | 'floe' | undefined
  /** With `floe`: bytes of a segment, from 1 KiB to 16 MiB. Default 1 MiB; less for many small reads. */
  readonly segmentLength?: number | undefined
  /** User metadata: stored in the clear and not authenticated. */
  readonly meta?: Metadata | undefined
  /** Content-Type. Default: by the extension of the path, else of the object's key. */
  readonly mime?: string | undefined
  /** Further headers of the request, such as `Cache-Control` or `x-oss-forbid-overwrite`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Binds the object to its key, so that it cannot be passed off as another. Default true. */
  readonly bindToObject?: boolean | undefined
  readonly progress?: Progress | undefined
  /** Bytes of a part of an object that is sent in parts; more where it would not fit in 10000 parts otherwise. Default 8 MiB. */
  readonly partLength?: number | undefined
  /** How many parts are on their way at once. Default 4. */
  readonly parallel?: number | undefined
}

/** What came of storing an object. */
export interface PutResult {
  readonly name: string
  readonly url: string | undefined
  readonly res: StoreAnswer
  readonly encryption: EncryptionInfo
}

/** What a putting client brings beside the parts that all operations share. */
export interface PutParts extends ClientParts {
  /** Whether the checksum of what OSS stored is compared. */
  readonly checkCrc64: boolean
  /** Longer objects, and streams that are not short, are sent in parts. */
  readonly multipartThreshold: number
}

/** Encrypts and stores an object. */
export async function putObject(
  parts: PutParts,
  name: string,
  source: PutSource,
  options: PutOptions,
): Promise<PutResult> {
  const algorithm = chooseFormat(options)
  if (options.partLength !== undefined) assertPartLength(options.partLength)
  const context = bindContext(options.encryptionContext ?? {}, name, options.bindToObject ?? true)
  const callerHeaders = { ...checkHeaders(options.headers), ...encodeMetadataHeaders(options.meta) }
  assertMetadataFits({ ...callerHeaders, 'x-oss-meta-context': 'x'.repeat(encodeContext(context).length) })
  const opened = await openSource(source)
  try {
    assertPlaintextLength(algorithm, opened.length ?? 0)
    const envelope = await createEnvelope(parts.dataKeys, {
      algorithm,
      encryptionContext: context,
      plaintextLength: opened.length,
      signal: options.signal,
    })
    return await putOpened(parts, name, opened, envelope, callerHeaders, options)
  } finally {
    opened.discard()
  }
}

async function putOpened(
  parts: PutParts,
  name: string,
  opened: OpenSource,
  envelope: Envelope,
  callerHeaders: Readonly<Record<string, string>>,
  options: PutOptions,
): Promise<PutResult> {
  const { segmentLength, signal, progress } = options
  let encrypted: EncryptedObject | undefined
  try {
    const { header } = envelope
    const { ivLength, tagLength } = header.algorithm
    assertMetadataFits({
      ...callerHeaders,
      ...encodeEnvelopeHeaders({ header, iv: new Uint8Array(ivLength), authTag: new Uint8Array(tagLength) }),
    })
    const encrypt = header.algorithm.mode === 'FLOE' ? encryptFloeObject : encryptObject
    encrypted = await encrypt(opened, envelope, { ...parts, segmentLength, progress, signal })
    const headers = {
      ...callerHeaders,
      ...encodeEnvelopeHeaders({ header, iv: encrypted.iv, authTag: encrypted.authTag }),
    }
    const { url, ...res } = await sendObject(parts, name, encrypted, {
      ...options,
      headers,
      mime: options.mime ?? opened.extension,
    })
    if (encrypted.length !== undefined) progress?.({ bytes: encrypted.length, total: encrypted.length })
    return { name, url, res, encryption: describeHeader(header) }
  } finally {
    envelope.dataKey.fill(0)
    await encrypted?.dispose()
  }
}

function chooseFormat(options: PutOptions): AlgorithmSuite {
  const { algorithm, segmentLength } = options
  const format: string = options.format ?? 'gcm'
  if (format === 'floe' && (algorithm === undefined || algorithm === 'FLOE')) return algorithmByName('FLOE')
  if (format !== 'gcm') throw new TypeError('`format` is `gcm`, with any algorithm of the SDK, or `floe`, with none')
  if (segmentLength !== undefined) throw new TypeError('`segmentLength` goes with the format `floe`')
  return chooseAlgorithm(options)
}

/** Headers that would be about the plaintext, or belong to this client, are refused. */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  for (const name of Object.keys(headers)) {
    if (/^(content-md5|content-length|content-encoding|transfer-encoding)$/i.test(name)) {
      throw new TypeError(`header ${name} would be about the plaintext, but what is sent is ciphertext`)
    }
    if (/^x-oss-meta-/i.test(name)) throw new TypeError(`header ${name}: user metadata is given as \`meta\``)
  }
  return headers
}
