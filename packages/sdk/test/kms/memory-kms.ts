import { randomBytes } from 'node:crypto'
import { ServiceError, type EncryptionContext, type KmsClient, type KmsInstance } from 'osscrypt'

/** A wrapped data key in the shape of the vectors, all bytes in base64. */
export interface KnownDataKey {
  readonly keyArn: string
  readonly ciphertextBlob: string
  readonly plaintextDataKey: string
}

/** What a KMS was asked. */
export interface KmsRequest {
  readonly operation: 'generateDataKey' | 'encrypt' | 'reEncrypt' | 'decrypt' | 'describeKey'
  readonly region: string
  readonly instance?: KmsInstance | undefined
  /** ARN of the CMK; for `decrypt` that of the CMK that the blob is wrapped under, if it is known. */
  readonly keyArn: string | undefined
  readonly encryptionContext: EncryptionContext
}

interface Entry {
  readonly keyArn: string
  readonly region: string
  readonly blob: string
  readonly context: string
  readonly plaintext: Buffer
}

const canonical = (context: EncryptionContext): string =>
  JSON.stringify(Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1)))

const keyIdOf = (arn: string): string => arn.slice(arn.indexOf('key/') + 4)

/**
 * A KMS in this process. It opens the wrapped keys that it knows or made itself, for their own context and in their own region only, writes
 * down what it is asked, and keeps hold of every data key that it hands out. A test changes what it answers by replacing `answer`.
 */
export class MemoryKms implements KmsClient {
  readonly requests: KmsRequest[] = []
  /** The very buffers that were handed out. */
  readonly handedOut: Uint8Array[] = []
  /** Called before each request is carried out; what it throws is what the request fails with. */
  before: (request: KmsRequest) => unknown = () => undefined
  /** Changes answers. */
  answer: <Answer extends object>(answer: Answer, request: KmsRequest) => Answer = (answer) => answer
  /** Instances by CMK ARN, for `describeKey`. */
  readonly instances = new Map<string, string>()
  readonly #entries: Entry[]

  constructor(known: readonly KnownDataKey[] = [], context: EncryptionContext = {}) {
    this.#entries = known.map(({ keyArn, ciphertextBlob, plaintextDataKey }) => ({
      keyArn,
      region: keyArn.split(':')[2] ?? '',
      blob: ciphertextBlob,
      context: canonical(context),
      plaintext: Buffer.from(plaintextDataKey, 'base64'),
    }))
  }

  get operations(): string[] {
    return this.requests.map(({ operation }) => operation)
  }

  /** Whether every data key that was handed out has been zeroed. */
  get zeroed(): boolean {
    return this.handedOut.every((key) => key.every((byte) => byte === 0))
  }

  generateDataKey: KmsClient['generateDataKey'] = async ({ keyId, length, encryptionContext, ...place }) => {
    const request = await this.#note({ operation: 'generateDataKey', keyArn: keyId, encryptionContext, ...place })
    const bytes = 'numberOfBytes' in length ? length.numberOfBytes : length.keySpec === 'AES_128' ? 16 : 32
    const plaintext = randomBytes(bytes)
    return this.#answered(request, { plaintext, ...this.#wrap(keyId, place.region, plaintext, encryptionContext) })
  }

  encrypt: KmsClient['encrypt'] = async ({ keyId, plaintext, encryptionContext, ...place }) => {
    const request = await this.#note({ operation: 'encrypt', keyArn: keyId, encryptionContext, ...place })
    return this.#answered(request, this.#wrap(keyId, place.region, plaintext, encryptionContext))
  }

  reEncrypt: KmsClient['reEncrypt'] = async ({ keyId, ciphertextBlob, encryptionContext, ...rest }) => {
    const { sourceEncryptionContext, ...place } = rest
    const request = await this.#note({ operation: 'reEncrypt', keyArn: keyId, encryptionContext, ...place })
    const { plaintext } = this.#find(place.region, ciphertextBlob, sourceEncryptionContext)
    return this.#answered(request, this.#wrap(keyId, place.region, plaintext, encryptionContext))
  }

  decrypt: KmsClient['decrypt'] = async ({ region, ciphertextBlob, encryptionContext, ...place }) => {
    const blob = Buffer.from(ciphertextBlob).toString('base64')
    const keyArn = this.#entries.find((entry) => entry.blob === blob)?.keyArn
    const request = await this.#note({ operation: 'decrypt', region, keyArn, encryptionContext, ...place })
    const entry = this.#find(region, ciphertextBlob, encryptionContext)
    return this.#answered(request, { plaintext: Buffer.from(entry.plaintext), keyId: keyIdOf(entry.keyArn) })
  }

  async describeKey({
    keyId,
    ...place
  }: {
    keyId: string
    region: string
  }): Promise<{ instanceId: string | undefined }> {
    await this.#note({ operation: 'describeKey', keyArn: keyId, encryptionContext: {}, ...place })
    return { instanceId: this.instances.get(keyId) }
  }

  async #note(request: KmsRequest): Promise<KmsRequest> {
    this.requests.push(request)
    await this.before(request)
    return request
  }

  #answered<Answer extends object>(request: KmsRequest, answer: Answer): Answer {
    const changed = this.answer(answer, request)
    if ('plaintext' in changed) this.handedOut.push(changed.plaintext as Uint8Array)
    return changed
  }

  #wrap(keyArn: string, region: string, plaintext: Uint8Array, context: EncryptionContext) {
    const ciphertextBlob = randomBytes(120)
    const blob = ciphertextBlob.toString('base64')
    this.#entries.push({ keyArn, region, blob, context: canonical(context), plaintext: Buffer.from(plaintext) })
    return { ciphertextBlob: new Uint8Array(ciphertextBlob), keyId: keyIdOf(keyArn) }
  }

  #find(region: string, ciphertextBlob: Uint8Array, context: EncryptionContext): Entry {
    const blob = Buffer.from(ciphertextBlob).toString('base64')
    const found = this.#entries.find(
      (entry) => entry.region === region && entry.blob === blob && entry.context === canonical(context),
    )
    if (!found) throw new ServiceError('WrongContext', 'unknown blob, or another context', { service: 'kms' })
    return found
  }
}
