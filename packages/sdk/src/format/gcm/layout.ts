import { isMadeInParts, openBody, type BodyOptions } from '../../crypto/body-stream.js'
import { FormatError } from '../../errors.js'
import { encodeContext } from '../../message/encryption-context.js'
import type { ByteRange } from '../../store/object-store.js'
import type { Steps } from '../../transfer/fetch-steps.js'
import { BareLayout } from '../bare-layout.js'
import type { UnverifiedEnvelope } from '../envelope.js'
import type { BodyLayout, BodyReader, BodyStep, RangePlan } from '../object-format.js'

/** Where things are in a bare ciphertext: where they are in the plaintext, padding aside. */
export class GcmLayout extends BareLayout implements BodyLayout {
  readonly plaintextLength: number | undefined
  readonly sealing = { format: 'gcm' } as const
  readonly #envelope: UnverifiedEnvelope
  readonly #length: number | undefined

  constructor(envelope: UnverifiedEnvelope, length: number | undefined) {
    super(length)
    this.#envelope = envelope
    this.#length = length
    this.plaintextLength = envelope.header.algorithm.padded ? undefined : length
  }

  override cut(stepLength?: number): Steps<BodyStep> {
    if (isMadeInParts(this.#envelope.header.algorithm, this.#length)) return super.cut(stepLength)
    return { count: 1, at: () => this.whole() }
  }

  override range(range: ByteRange): RangePlan {
    const { algorithm } = this.#envelope.header
    if (algorithm.mode !== 'GCM') {
      throw new FormatError(`ranges of ${algorithm.name} objects are not supported`, 'UnsupportedAlgorithm')
    }
    return super.range(range)
  }

  open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader> {
    const { header, iv, authTag } = this.#envelope
    const length = this.#length
    return openCiphertext({ header, iv, authTag: () => authTag }, dataKey, { length, concurrency })
  }
}

/** Begins to read a bare ciphertext, whose tag is asked for when all of it has come. */
export function openCiphertext(
  { header, iv, authTag }: Pick<UnverifiedEnvelope, 'header' | 'iv'> & { readonly authTag: () => Uint8Array },
  dataKey: Uint8Array,
  options: BodyOptions,
): Promise<BodyReader> {
  const { algorithm: suite, encryptionContext } = header
  return openBody({ suite, iv, aad: encodeContext(encryptionContext), authTag }, dataKey, options)
}
