import type { AnsweredKeyVersion, KmsSigningClient } from 'osscrypt'

type Operation = keyof KmsSigningClient

/** A KMS that answers at once with what a test says, and counts. */
export class FakeSigningClient implements KmsSigningClient {
  /** The operations that were called, in order. */
  readonly calls: Operation[] = []
  /** The requests, as they came. */
  readonly requests: object[] = []
  /** Thrown by the next calls, one each. */
  readonly failures: Error[] = []
  /** What answers are about. */
  answered: AnsweredKeyVersion
  versions: readonly AnsweredKeyVersion[]
  publicKey = ''
  valid = true

  constructor(answered: AnsweredKeyVersion) {
    this.answered = answered
    this.versions = [answered]
  }

  readonly asymmetricSign: KmsSigningClient['asymmetricSign'] = async (request) => {
    this.#record('asymmetricSign', request)
    return { ...this.answered, signature: Uint8Array.of(1, 2, 3) }
  }
  readonly asymmetricVerify: KmsSigningClient['asymmetricVerify'] = async (request) => {
    this.#record('asymmetricVerify', request)
    return { ...this.answered, valid: this.valid }
  }
  readonly getPublicKey: KmsSigningClient['getPublicKey'] = async (request) => {
    this.#record('getPublicKey', request)
    return { ...this.answered, publicKey: this.publicKey }
  }
  readonly listKeyVersions: KmsSigningClient['listKeyVersions'] = async (request) => {
    this.#record('listKeyVersions', request)
    return this.versions
  }

  #record(operation: Operation, request: object): void {
    this.calls.push(operation)
    this.requests.push(request)
    const failure = this.failures.shift()
    if (failure) throw failure
  }
}
