import { ByteSource, holdTail } from '../../bytes/byte-source.js'
import { IntegrityError } from '../../errors.js'
import { decodeTail, tailLength, type MessageStart } from '../../message/message-ends.js'
import type { ByteRange } from '../../store/object-store.js'
import type { Steps } from '../../transfer/fetch-steps.js'
import type { UnverifiedEnvelope } from '../envelope.js'
import { GcmLayout, openCiphertext } from '../gcm/layout.js'
import type { BodyLayout, BodyReader, BodyStep, RangePlan } from '../object-format.js'
import type { MessageBodyEnvelope } from './envelope.js'

/** From the ciphertext's first byte to wherever it ends: the tag has come then. */
const TO_END = { start: 0, end: Infinity }
const ALL: BodyStep = { ciphertext: TO_END, plaintext: TO_END, endsBody: true }

/** Where things are in a message that is a body: a bare ciphertext, with a start before it and the tag behind it. */
export class MessageBodyLayout implements BodyLayout {
  readonly plaintextLength: number | undefined
  readonly #start: MessageStart
  readonly #ciphertext: GcmLayout
  readonly #ciphertextLength: number | undefined

  /**
   * @param totalLength Of the body, by what OSS says.
   * @throws IntegrityError when no such message has that length: it was cut, or something was put behind it.
   */
  constructor(envelope: UnverifiedEnvelope, totalLength: number | undefined) {
    const { messageStart: start } = envelope as MessageBodyEnvelope
    const around = start.length + tailLength(start.form, start.header.algorithm)
    const length = totalLength === undefined ? start.ciphertextLength : totalLength - around
    if (length !== undefined && (length < 0 || length !== (start.ciphertextLength ?? length)))
      throw new IntegrityError()
    this.#start = start
    this.#ciphertextLength = length
    this.#ciphertext = new GcmLayout(envelope, length)
    this.plaintextLength = this.#ciphertext.plaintextLength
  }

  get sealing() {
    return { format: 'message-body', messageForm: this.#start.form } as const
  }

  whole(): BodyStep {
    return this.#moved(this.#ciphertext.whole(), this.#start.length)
  }

  /** Of one piece: its tag is behind its end. */
  cut(): Steps<BodyStep> {
    return { count: 1, at: () => this.whole() }
  }

  range(range: ByteRange): RangePlan {
    return this.#moved(this.#ciphertext.range(range), this.#start.length)
  }

  ask(): null {
    return null
  }

  async open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader> {
    const { form, header, iv } = this.#start
    const { algorithm } = header
    let authTag: Uint8Array | undefined
    const tag = () => {
      if (!authTag) throw new IntegrityError()
      return authTag
    }
    const length = this.#ciphertextLength
    const body = await openCiphertext({ header, iv, authTag: tag }, dataKey, { length, concurrency })
    /** The ciphertext of what comes, which is all that is left of the body. */
    const withoutTail = (bytes: ByteSource) =>
      new ByteSource(
        holdTail(bytes.rest(), tailLength(form, algorithm), (tail) => {
          authTag = decodeTail(form, algorithm, tail)
        }),
      )
    const again = body.decryptAgain?.bind(body)
    return {
      ...(again && { decryptAgain: (_whole, bytes) => again(ALL, withoutTail(bytes)) }),
      // The only step there is.
      decrypt: (_whole, bytes, wanted) => body.decrypt(ALL, withoutTail(bytes), wanted),
      authenticate: (_whole, bytes) => body.authenticate(ALL, withoutTail(bytes)),
      decryptRange: (plan, bytes) => body.decryptRange(this.#moved(plan, -this.#start.length), bytes),
      finish: () => body.finish(),
      restart: () => {
        authTag = undefined
        body.restart()
      },
      dispose: () => body.dispose(),
    }
  }

  #moved<Step extends BodyStep>(step: Step, by: number): Step {
    const { start, end } = step.ciphertext
    return { ...step, ciphertext: { start: start + by, end: end + by } }
  }
}
