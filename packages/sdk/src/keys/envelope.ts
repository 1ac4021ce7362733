import { engine } from '#crypto-engine'
import { quote } from '../bytes/quote.js'
import { algorithmByName, DEFAULT_ALGORITHM, type AlgorithmName, type AlgorithmSuite } from '../crypto/algorithm.js'
import { FormatError, IntegrityError, KeyError, OsscryptError, ServiceError } from '../errors.js'
import {
  assertPlainObject,
  assertWritableContext,
  OWN_CONTEXT_PREFIX,
  type EncryptionContext,
} from '../message/encryption-context.js'
import type { EncryptedDataKey, HeaderFields, MessageHeader } from '../message/header.js'
import { parseCmkArn } from './cmk-arn.js'
import { checkMaterials } from './check-provided.js'
import type { DataKeyProvider, DataKeyRequest } from './data-key-provider.js'
import { unwrapDataKey } from './unwrap-data-key.js'
import { makeHeader, proveHeader, type VerifiedHeader } from './verified-header.js'

/** Options of writing. */
export interface EncryptOptions {
  /** Default `AES_GCM_NOPADDING_256`. */
  readonly algorithm?: AlgorithmName | undefined
  /** Stored in the clear with the data, and needed to open it. Default empty. */
  readonly encryptionContext?: EncryptionContext | undefined
  /** Takes CBC and CTR suites too, under which nobody notices when the data is changed. Default false. */
  readonly allowUnauthenticatedAlgorithms?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of reading. */
export interface DecryptOptions {
  /** Entries that the message's encryption context must have, with these values. */
  readonly requiredContext?: EncryptionContext | undefined
  /** Reads CBC and CTR suites too, whose plaintext is unverified. Default false. */
  readonly allowUnauthenticatedAlgorithms?: boolean | undefined
  /** How many wrapped data keys a message may carry. Default 32. */
  readonly maxEncryptedDataKeys?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The suite that a writer asked for.
 *
 * @throws RangeError for an unknown name; OsscryptError `NotAllowed` for an unauthenticated one without the option that takes it.
 */
export function chooseAlgorithm(options: EncryptOptions): AlgorithmSuite {
  const algorithm = algorithmByName(options.algorithm ?? DEFAULT_ALGORITHM)
  if (algorithm.mode === 'FLOE') throw new RangeError('FLOE is a format of objects: it is chosen with `format`')
  requireAuthenticated(algorithm, options)
  return algorithm
}

/** A verified header and its data key, for one message. Whoever holds it zeroes the key. */
export interface Envelope {
  readonly header: VerifiedHeader
  readonly dataKey: Uint8Array
}

/** An envelope that was read. */
export interface OpenedEnvelope extends Envelope {
  /** The one of the header's wrapped keys that was unwrapped. */
  readonly encryptedDataKey: EncryptedDataKey
}

/**
 * Gets a data key for a new message and makes the header that goes with it.
 *
 * @throws TypeError or FormatError for a context that cannot be encoded, before the provider is asked; KeyError `InvalidDataKey` for what is no
 *   data key; what the provider throws.
 */
export async function createEnvelope(provider: DataKeyProvider, request: DataKeyRequest): Promise<Envelope> {
  request.signal?.throwIfAborted()
  const { algorithm } = request
  engine.assertSupported(algorithm)
  assertWritableContext(request.encryptionContext)
  const encryptionContext = Object.freeze({ ...request.encryptionContext })
  const given = await provider.generateDataKey({
    ...request,
    encryptionContext: keyContext(algorithm, encryptionContext),
    messageContext: encryptionContext,
  })
  const { dataKey, encryptedDataKeys } = checkMaterials(algorithm, given)
  try {
    const header = await makeHeader({ algorithm, encryptionContext, encryptedDataKeys }, dataKey)
    return { header, dataKey }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}

/**
 * Gets the data key of a message and verifies its header with it. What the caller does not accept is refused before the provider is asked. A data
 * key that does not fit is followed by that of the next CMK.
 *
 * @param readPreface Reads, with FLOE, the first 74 bytes of the body, whose tag is the header's.
 * @throws OsscryptError `ContextMismatch`, `NotAllowed`; KeyError `NoMatchingKey` when the provider has none of the message's CMKs;
 *   IntegrityError when the header is not what the holder of any of the data keys wrote; what the provider throws.
 */
export async function openEnvelope(
  provider: DataKeyProvider,
  header: MessageHeader,
  options: DecryptOptions,
  readPreface?: () => Promise<Uint8Array>,
): Promise<OpenedEnvelope> {
  requireAcceptable(header, options)
  const { algorithm } = header
  const { signal } = options
  if (algorithm.mode === 'FLOE' && !readPreface)
    throw new FormatError('FLOE is a format of objects, not of messages', 'UnsupportedAlgorithm')
  const floeHeader = algorithm.mode === 'FLOE' ? await readPreface?.() : undefined
  const request = {
    algorithm,
    encryptionContext: keyContext(algorithm, header.encryptionContext),
    message: { header, floeHeader },
    signal,
  }
  let misfit: IntegrityError | undefined
  for (let encryptedDataKeys = header.encryptedDataKeys; encryptedDataKeys.length > 0;) {
    const unwrapped = await unwrapDataKey(provider, { ...request, encryptedDataKeys }).catch((error: unknown) => {
      signal?.throwIfAborted()
      // Of a key that cannot be had for now, nobody knows yet whether it would have fitted.
      throw misfit && error instanceof OsscryptError && !mayPass(error) ? misfit : error
    })
    if (!unwrapped) break
    const { dataKey, encryptedDataKey } = unwrapped
    try {
      return { header: await proveHeader(header, dataKey, encryptedDataKey, floeHeader), dataKey, encryptedDataKey }
    } catch (error) {
      dataKey.fill(0)
      if (!(error instanceof IntegrityError)) throw error
      misfit = error
    }
    encryptedDataKeys = encryptedDataKeys.filter((each) => each !== encryptedDataKey)
  }
  throw misfit ?? noMatchingKey(header)
}

/** Whether what a provider failed with may be gone when it is asked again. */
export function mayPass(error: OsscryptError): boolean {
  if (error instanceof KeyError)
    return error.failures.some(({ error: each }) => each instanceof OsscryptError && mayPass(each))
  return error instanceof ServiceError && error.retryable
}

/**
 * Asserts that the caller takes what a header says, unverified as it is.
 *
 * @throws OsscryptError `ContextMismatch`, `NotAllowed`; FormatError `UnsupportedAlgorithm`; the signal's reason.
 */
export function requireAcceptable(header: HeaderFields, options: DecryptOptions): void {
  options.signal?.throwIfAborted()
  requireAuthenticated(header.algorithm, options)
  engine.assertSupported(header.algorithm)
  requireContext(header.encryptionContext, options.requiredContext)
}

/** The part of a context that KMS binds the data key to. With FLOE the project's own entries are left to the body, which commits to them. */
export function keyContext(algorithm: AlgorithmSuite, context: EncryptionContext): EncryptionContext {
  if (algorithm.mode !== 'FLOE') return context
  return Object.fromEntries(Object.entries(context).filter(([key]) => !key.startsWith(OWN_CONTEXT_PREFIX)))
}

function requireAuthenticated(
  algorithm: AlgorithmSuite,
  options: { allowUnauthenticatedAlgorithms?: boolean | undefined },
): void {
  if (algorithm.authenticated || options.allowUnauthenticatedAlgorithms === true) return
  throw new OsscryptError(
    'NotAllowed',
    `${algorithm.name} does not notice when the data is changed: it needs allowUnauthenticatedAlgorithms`,
  )
}

/**
 * Asserts that a context has the entries that a reader requires.
 *
 * @throws OsscryptError `ContextMismatch`; TypeError for requirements that are none.
 */
export function requireContext(context: EncryptionContext, required: EncryptionContext = {}): void {
  assertPlainObject(required)
  for (const [key, value] of Object.entries(required)) {
    if (!Object.hasOwn(context, key) || context[key] !== value) {
      throw new OsscryptError('ContextMismatch', `the encryption context does not have the required ${quote(key)}`)
    }
  }
}

function noMatchingKey(header: MessageHeader): KeyError {
  // What else stands there may be any text.
  const isName = (arn: string) => parseCmkArn(arn) !== null || /^rsa:sha256:[0-9a-f]{64}$/.test(arn)
  const arns = header.encryptedDataKeys.map(({ keyArn }) => keyArn).filter(isName)
  return new KeyError(
    'NoMatchingKey',
    `the data is under keys that were not given: ${arns.join(', ') || 'none with a well-formed ARN'}`,
  )
}
