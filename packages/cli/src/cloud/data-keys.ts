import {
  KmsDataKeyProvider,
  type DataKeyProvider,
  type DecryptDataKeyRequest,
  type KmsDataKeyProviderOptions,
  type UnwrappedDataKey,
} from 'osscrypt'
import { usageError } from '../command-error.js'
import type { Settings } from '../config/settings.js'

/** Data keys under two lists of CMKs: those that are written under, and those that are read with, which are more. */
export class CommandDataKeys implements DataKeyProvider {
  readonly #writing: KmsDataKeyProvider | undefined
  readonly #reading: readonly KmsDataKeyProvider[]
  readonly #file: string
  readonly #options: KmsDataKeyProviderOptions

  /** @throws TypeError for what is no ARN. */
  constructor({ cmks, readCmks, discover, file }: Settings, options: KmsDataKeyProviderOptions) {
    this.#file = file
    this.#options = options
    this.#writing = cmks.length === 0 ? undefined : new KmsDataKeyProvider(cmks, options)
    const named = [...new Set([...cmks, ...readCmks])]
    const places = discover.map((place) => {
      const [account = '', region = ''] = place.split('/')
      return new KmsDataKeyProvider([], { ...options, discovery: { accounts: [account], regions: [region] } })
    })
    this.#reading = [...(named.length === 0 ? [] : [new KmsDataKeyProvider(named, options)]), ...places]
  }

  /** @throws CommandError when there is nothing to write under. */
  requireCmk(): KmsDataKeyProvider {
    if (this.#writing) return this.#writing
    throw usageError(
      `no CMK to encrypt under: neither --cmk, nor OSSCRYPT_CMK, nor ${this.#file} names one`,
      'give its ARN with --cmk, or write it down: `osscrypt config set cmk ARN`',
    )
  }

  /** Data keys under other CMKs, which are read with as these are: what a rewrap asks for. */
  withCmks(cmkArns: string | readonly string[]): KmsDataKeyProvider {
    return new KmsDataKeyProvider(cmkArns, this.#options)
  }

  readonly generateDataKey: DataKeyProvider['generateDataKey'] = async (request) =>
    this.requireCmk().generateDataKey(request)

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  /** Those that were named come first; what they failed with is what is told. */
  async unwrapDataKey(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    const failures: unknown[] = []
    for (const provider of this.#reading) {
      try {
        const unwrapped = await provider.unwrapDataKey(request)
        if (unwrapped) return unwrapped
      } catch (error) {
        request.signal?.throwIfAborted()
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return null
  }
}
