import { decodeBase64 } from '../bytes/base64.js'
import { algorithmByName, type AlgorithmSuite } from '../crypto/algorithm.js'
import { boundKey, callerContext, hasUnknownEntries } from '../format/binding.js'
import { assertWritableContext, type EncryptionContext } from '../message/encryption-context.js'
import { decodeHeader, type MessageHeader } from '../message/header.js'
import type { KeyQuestion } from './broker-messages.js'
import type { BrokerGrant } from './broker-options.js'
import { BrokerRefusal } from './broker-refusal.js'
import { importPublicKey, type PublicKey } from './key-wrapping.js'
import { requireObjectName } from './object-name.js'
import type { BrokerAction, BrokerOperation } from './operations.js'

/** Each is a call of KMS, of which one question is not to make many. The vendor's Java SDK wraps a key twice under a CMK that it was given twice. */
const MAX_KEYS_OF_A_CMK = 2

/** A data key that is asked for. */
export type AskedKey = {
  readonly operation: BrokerOperation
  readonly action: BrokerAction
  /** The object that the key belongs to; empty where its context binds it to none. */
  readonly name: string
  readonly encryptionContext: EncryptionContext
  readonly pageKey: PublicKey
} & (
  | { readonly algorithm: AlgorithmSuite; readonly header?: undefined }
  | { readonly rewrap: boolean; readonly header: MessageHeader; readonly floeHeader: Uint8Array | undefined }
)

/**
 * What a question about a data key asks for. Nothing of it is believed: a new key is bound to the context by who makes it, and that an old one belongs to
 * the context, its own or what the message is committed to, is verified with the key before it is handed out.
 *
 * @throws BrokerRefusal.
 */
export async function askedKey(question: KeyQuestion): Promise<AskedKey> {
  try {
    return await readAskedKey(question)
  } catch (error) {
    throw error instanceof BrokerRefusal ? error : new BrokerRefusal('malformed')
  }
}

async function readAskedKey(question: KeyQuestion): Promise<AskedKey> {
  const pageKey = await importPublicKey(new Uint8Array(decodeBase64(question.publicKey)))
  if (question.kind === 'generate') {
    const { encryptionContext } = question
    const algorithm = algorithmByName(question.algorithm)
    if (!algorithm.authenticated) throw new BrokerRefusal('operation')
    assertWritableContext(encryptionContext)
    // A new key for no object would open for everybody who has the context.
    const name = requireObjectName(boundKey(encryptionContext) ?? '')
    return { operation: 'GenerateDataKey', action: 'write', name, encryptionContext, pageKey, algorithm }
  }
  const header = decodeHeader(decodeBase64(question.header))
  const floeHeader = question.floeHeader === undefined ? undefined : decodeBase64(question.floeHeader)
  if ((header.algorithm.mode === 'FLOE') !== (floeHeader !== undefined)) throw new BrokerRefusal('malformed')
  assertFewKeys(header)
  const bound = boundKey(header.encryptionContext)
  const rewrap = question.kind === 'rewrap'
  return {
    operation: rewrap ? 'RewrapDataKey' : 'DecryptDataKey',
    action: bound === undefined ? 'readUnbound' : rewrap ? 'rewrap' : 'read',
    name: bound === undefined ? '' : requireObjectName(bound),
    encryptionContext: header.encryptionContext,
    pageKey,
    rewrap,
    header,
    floeHeader,
  }
}

/** CMKs that the grant does not have are not asked. @throws BrokerRefusal `key`. */
function assertFewKeys({ encryptedDataKeys }: MessageHeader): void {
  const counts = new Map<string, number>()
  for (const { keyArn } of encryptedDataKeys) {
    const count = (counts.get(keyArn) ?? 0) + 1
    if (count > MAX_KEYS_OF_A_CMK) throw new BrokerRefusal('key')
    counts.set(keyArn, count)
  }
}

/**
 * Asserts that a context is the grant's: nothing left out, nothing added, but for the library's own entries.
 *
 * @throws BrokerRefusal `grant`.
 */
export function assertGrantedContext(context: EncryptionContext, { encryptionContext = {} }: BrokerGrant): void {
  if (hasUnknownEntries(context)) throw new BrokerRefusal('grant')
  if (encryptionContext === 'any') return
  const own = callerContext(context)
  const names = Object.keys(encryptionContext)
  const same = names.every((name) => Object.hasOwn(own, name) && own[name] === encryptionContext[name])
  if (!same || Object.keys(own).length !== names.length) throw new BrokerRefusal('grant')
}
