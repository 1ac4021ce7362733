import {
  KmsDataKeyProvider,
  type DataKeyProvider,
  type DecryptDataKeyRequest,
  type KmsDataKeyProviderOptions,
  type RsaDataKeyProvider,
  type UnwrappedDataKey,
  type WrappedSecrets,
} from 'osscrypt'
import { usageError } from '../command-error.js'
import type { Settings } from '../config/settings.js'

type Reading = KmsDataKeyProvider | RsaDataKeyProvider

/** Data keys under two lists of keys: those that are written under, and those that are read with, which are more. */
export class CommandDataKeys implements DataKeyProvider {
  readonly #writing: Reading | undefined
  readonly #reading: readonly Reading[]
  readonly #file: string
  readonly #options: KmsDataKeyProviderOptions

  /** @throws TypeError for what is no ARN. */
  constructor(
    { cmks, readCmks, discover, file, writesUnder }: Settings,
    options: KmsDataKeyProviderOptions,
    rsa: RsaDataKeyProvider | undefined,
  ) {
    this.#file = file
    this.#options = options
    this.#writing =
      rsa && writesUnder === 'rsa' ? rsa : cmks.length === 0 ? undefined : new KmsDataKeyProvider(cmks, options)
    const named = [...new Set([...cmks, ...readCmks])]
    const places = discover.map((place) => {
      const [account = '', region = ''] = place.split('/')
      return new KmsDataKeyProvider([], { ...options, discovery: { accounts: [account], regions: [region] } })
    })
    // Keys of one's own cost no request.
    this.#reading = [
      ...(rsa ? [rsa] : []),
      ...(named.length === 0 ? [] : [new KmsDataKeyProvider(named, options)]),
      ...places,
    ]
  }

  /** @throws CommandError when there is nothing to write under. */
  requireKey(): Reading {
    if (this.#writing) return this.#writing
    throw usageError(
      `no CMK to encrypt under: neither --cmk, nor OSSCRYPT_CMK, nor ${this.#file} names one`,
      'give its ARN with --cmk, or write it down: `osscrypt config set cmk ARN`; or an RSA key with --rsa-key',
    )
  }

  /** Data keys under other CMKs, which are read with as these are: what a rewrap asks for. */
  withCmks(cmkArns: string | readonly string[]): KmsDataKeyProvider {
    return new KmsDataKeyProvider(cmkArns, this.#options)
  }

  readonly generateDataKey: DataKeyProvider['generateDataKey'] = async (request) =>
    this.requireKey().generateDataKey(request)

  readonly wrapSecrets: NonNullable<DataKeyProvider['wrapSecrets']> = async (request) =>
    this.requireKey().wrapSecrets(request)

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  unwrapDataKey(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    return this.#first(request.signal, (provider) => provider.unwrapDataKey(request))
  }

  unwrapSecrets(request: WrappedSecrets): Promise<readonly Uint8Array[] | null> {
    return this.#first(request.signal, (provider) => provider.unwrapSecrets(request))
  }

  /** What the first of the providers gives that has it. Those that were named come first; what they failed with is what is told. */
  async #first<Given>(
    signal: AbortSignal | undefined,
    ask: (provider: Reading) => Promise<Given | null>,
  ): Promise<Given | null> {
    const failures: unknown[] = []
    for (const provider of this.#reading) {
      try {
        const given = await ask(provider)
        if (given !== null) return given
      } catch (error) {
        signal?.throwIfAborted()
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return null
  }
}
