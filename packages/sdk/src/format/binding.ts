import { quote } from '../bytes/quote.js'
import { OsscryptError } from '../errors.js'
import { assertPlainObject, OWN_CONTEXT_PREFIX, type EncryptionContext } from '../message/encryption-context.js'

/** The context entry that binds an object to its key. */
const OBJECT_ENTRY = `${OWN_CONTEXT_PREFIX}object`

/** The context entry that says where the plaintext came from, where nobody could verify it there. */
const ORIGIN_ENTRY = `${OWN_CONTEXT_PREFIX}origin`

/** What a reader asks of the binding. */
export interface BindingOptions {
  /** The object key that the object was written under, when it is read under another. Default: the key it is read under. */
  readonly expectedKey?: string | undefined
  /** Refuses objects that are bound to no object key, such as those that the vendor's SDKs wrote. Default false. */
  readonly requireBinding?: boolean | undefined
}

/**
 * The encryption context of a new object: the caller's, bound to the object's key unless he does not want it.
 *
 * @param origin What is to be said of where the plaintext comes from.
 * @throws TypeError when the caller's context uses the project's own prefix.
 */
export function bindContext(
  context: EncryptionContext,
  name: string,
  bind: boolean,
  origin?: string,
): EncryptionContext {
  assertPlainObject(context)
  const own = Object.keys(context).find((key) => key.startsWith(OWN_CONTEXT_PREFIX))
  if (own !== undefined)
    throw new TypeError(`encryption context entries named ${OWN_CONTEXT_PREFIX}… are osscrypt's own`)
  return { ...context, ...(bind && { [OBJECT_ENTRY]: name }), ...(origin !== undefined && { [ORIGIN_ENTRY]: origin }) }
}

/** The object key that an object is bound to, if to any. */
export function boundKey(context: EncryptionContext): string | undefined {
  return Object.hasOwn(context, OBJECT_ENTRY) ? context[OBJECT_ENTRY] : undefined
}

/** What an object's context says of where its plaintext came from; undefined where nothing is said. */
export function originOf(context: EncryptionContext): string | undefined {
  return Object.hasOwn(context, ORIGIN_ENTRY) ? context[ORIGIN_ENTRY] : undefined
}

/** Whether a context has entries of the project's own that this version does not know. */
export function hasUnknownEntries(context: EncryptionContext): boolean {
  return Object.keys(context).some(
    (key) => key.startsWith(OWN_CONTEXT_PREFIX) && key !== OBJECT_ENTRY && key !== ORIGIN_ENTRY,
  )
}

/** A context as its writer gave it, without the project's own entries. */
export function callerContext(context: EncryptionContext): EncryptionContext {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !key.startsWith(OWN_CONTEXT_PREFIX)))
}

/**
 * Asserts that an object is the one that its writer stored under the key it is read by. The context is to be verified afterwards.
 *
 * @throws OsscryptError `BindingMismatch`, or `BindingMissing` where a binding is required.
 */
export function checkBinding(
  context: EncryptionContext,
  name: string,
  { expectedKey, requireBinding }: BindingOptions,
): void {
  const bound = boundKey(context)
  if (bound === undefined) {
    if (requireBinding) throw new OsscryptError('BindingMissing', `${quote(name)} is not bound to an object key`)
    return
  }
  if (bound !== (expectedKey ?? name)) {
    throw new OsscryptError(
      'BindingMismatch',
      `${quote(name)} was written as ${quote(bound)}: name that with \`expectedKey\` to read it here`,
    )
  }
}
