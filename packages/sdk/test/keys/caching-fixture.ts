import {
  CachingDataKeyProvider,
  type AlgorithmName,
  type AlgorithmSuite,
  type CachingDataKeyProviderOptions,
  type DataKeyProvider,
  type DataKeyRequest,
  type EncryptionMaterials,
} from 'osscrypt'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { MemoryDataKeyProvider, type DecryptRequest } from '../testing/memory-data-key-provider.js'

const algorithm: AlgorithmSuite = algorithmByName('AES_GCM_NOPADDING_256')

/** A request for the data key of a message of one byte. */
export function messageOf(
  plaintextLength: number | undefined = 1,
  changes: Partial<DataKeyRequest> = {},
): DataKeyRequest {
  return { algorithm, encryptionContext: {}, plaintextLength, ...changes }
}

/** A request to open what was made for `request`. */
export function openingOf(
  { encryptedDataKeys }: EncryptionMaterials,
  changes: Partial<DataKeyRequest> = {},
): DecryptRequest {
  return { algorithm, encryptionContext: {}, encryptedDataKeys, ...changes }
}

export function suiteNamed(name: AlgorithmName): AlgorithmSuite {
  return algorithmByName(name)
}

/** A cache around `provider` that keeps everything for a minute, but for what `options` say. */
export function cacheAround(
  provider: DataKeyProvider,
  options: Partial<CachingDataKeyProviderOptions> = {},
): CachingDataKeyProvider {
  return new CachingDataKeyProvider(provider, { maxAgeMs: 60_000, ...options })
}

/** A provider whose calls go on when the test says so. */
export class GatedProvider extends MemoryDataKeyProvider {
  /** Calls that wait, in their order. */
  readonly waiting: { readonly open: () => void; readonly fail: (error: unknown) => void }[] = []
  /** The signals of all calls so far, in their order. */
  readonly asked: (AbortSignal | undefined)[] = []
  /** Whether calls are rejected when their signal is aborted. */
  heedsSignals = true

  override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    await this.#gate(request.signal)
    return super.generateDataKey({ ...request, signal: undefined })
  }

  override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
    await this.#gate(request.signal)
    return super.decryptDataKey({ ...request, signal: undefined })
  }

  #gate(signal: AbortSignal | undefined): Promise<void> {
    this.asked.push(signal)
    return new Promise((resolve, reject) => {
      this.waiting.push({ open: resolve, fail: reject })
      if (this.heedsSignals) signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Lets everything go on that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}
