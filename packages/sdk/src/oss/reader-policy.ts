import { quote } from '../bytes/quote.js'
import { OsscryptError } from '../errors.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { checkBinding, type BindingOptions } from '../format/binding.js'
import type { UnverifiedEnvelope } from '../format/envelope.js'
import { FORMATS, type FormatName } from '../format/format-name.js'
import { identifyFormat } from '../format/formats.js'
import { assertFlag } from '../options.js'

/** What is read at all: a setting of the client, in whose place a call may set another. */
export interface ReaderPolicy {
  /** Refuses objects that are bound to no object key, such as those that the vendor's SDKs wrote. Default false. */
  readonly requireBinding?: boolean | undefined
  /**
   * The formats that are read; an object of another is refused with `NotAllowed`. Default: all. A `gcm` object can be made that decrypts to two
   * plaintexts under two data keys, each valid; `['floe']` refuses whatever does not commit to its key.
   */
  readonly formats?: readonly FormatName[] | undefined
  /**
   * Reads what the OSS SDKs' own encryption wrote, too (`oss-sdk-ctr`): nobody notices when such an object was changed, or put in the place of another,
   * whatever that was encrypted with. Results say so: `integrity: 'none'`, `verified: false`. Default false: such an object is refused with `NotAllowed`.
   */
  readonly allowLegacyFormats?: boolean | undefined
}

/** What a call asks of the object that it reads. */
export interface ReaderRequirements extends ReaderPolicy, BindingOptions {
  readonly requiredContext?: EncryptionContext | undefined
}

/** @throws TypeError for a policy that is none: it would let everything through, or nothing. */
export function assertPolicy({ requireBinding, formats, allowLegacyFormats }: ReaderPolicy): void {
  assertFlag('requireBinding', requireBinding)
  assertFlag('allowLegacyFormats', allowLegacyFormats)
  if (formats === undefined) return
  const list: unknown = formats
  const known =
    Array.isArray(list) && list.length > 0 && list.every((each) => FORMATS.some((format) => format === each))
  if (!known) throw new TypeError(`formats is a list of what is read: ${FORMATS.join(', ')}`)
}

/**
 * Asserts that a reader takes what an envelope says of format and binding. To be verified afterwards.
 *
 * @throws OsscryptError `NotAllowed`, `BindingMismatch`, `BindingMissing`; TypeError for a policy that is none.
 */
export function requireAccepted(
  envelope: UnverifiedEnvelope,
  name: string,
  options: ReaderRequirements,
  policy: ReaderPolicy,
): void {
  assertPolicy(options)
  const formats = options.formats ?? policy.formats
  const { name: format, legacy } = identifyFormat(envelope)
  if (legacy && !(options.allowLegacyFormats ?? policy.allowLegacyFormats)) {
    throw new OsscryptError(
      'NotAllowed',
      `${quote(name)} was encrypted by an OSS SDK (${format}), and nobody would notice if it was changed: it needs allowLegacyFormats`,
    )
  }
  if (formats?.includes(format) === false) {
    throw new OsscryptError(
      'NotAllowed',
      `${quote(name)} is a ${format} object: \`formats\` takes ${formats.join(', ')}`,
    )
  }
  const { expectedKey } = options
  checkBinding(envelope.header.encryptionContext, name, {
    expectedKey,
    requireBinding: options.requireBinding ?? policy.requireBinding,
  })
}
