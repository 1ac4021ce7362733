import { randomBytes } from 'node:crypto'
import {
  KeyError,
  type DataKeyProvider,
  type DataKeyRequest,
  type EncryptedDataKey,
  type EncryptionContext,
  type EncryptionMaterials,
} from 'osscrypt'

/** A request to open a message's data key. */
export type DecryptRequest = DataKeyRequest & { readonly encryptedDataKeys: readonly EncryptedDataKey[] }

/** A provider that keeps its keys in memory, and counts what it is asked. */
export class MemoryDataKeyProvider implements DataKeyProvider {
  readonly cmkArns: readonly string[] | undefined
  /** The very arrays of data keys that were handed out. */
  readonly handedOut: Uint8Array[] = []
  /** Signals of the calls, in their order. */
  readonly signals: (AbortSignal | undefined)[] = []
  generated = 0
  decrypted = 0
  readonly #wrapped = new Map<string, { readonly dataKey: Uint8Array; readonly context: string }>()
  readonly #arns: readonly string[]

  constructor(arns: readonly string[] = ['acs:kms:cn-hangzhou:1234567890123456:key/memory-1']) {
    this.#arns = arns
    this.cmkArns = arns
  }

  get calls(): number {
    return this.generated + this.decrypted
  }

  async generateDataKey({ algorithm, encryptionContext, signal }: DataKeyRequest): Promise<EncryptionMaterials> {
    signal?.throwIfAborted()
    this.generated += 1
    this.signals.push(signal)
    const dataKey = new Uint8Array(randomBytes(algorithm.keyLength))
    const encryptedDataKeys = this.#arns.map((keyArn) => {
      const ciphertextBlob = new Uint8Array(randomBytes(48))
      this.#wrapped.set(nameOf({ keyArn, ciphertextBlob }), {
        dataKey: dataKey.slice(),
        context: textOf(encryptionContext),
      })
      return { keyArn, ciphertextBlob }
    })
    this.handedOut.push(dataKey)
    return { dataKey, encryptedDataKeys }
  }

  async decryptDataKey({ encryptionContext, encryptedDataKeys, signal }: DecryptRequest): Promise<Uint8Array | null> {
    signal?.throwIfAborted()
    this.decrypted += 1
    this.signals.push(signal)
    const own = encryptedDataKeys.filter(({ keyArn }) => this.#arns.includes(keyArn))
    if (own.length === 0) return null
    const opened = own
      .map((key) => this.#wrapped.get(nameOf(key)))
      .find((entry) => entry?.context === textOf(encryptionContext))
    if (!opened) throw new KeyError('DataKeyUnavailable', 'not made here, or with another context')
    const dataKey = opened.dataKey.slice()
    this.handedOut.push(dataKey)
    return dataKey
  }

  /** The data key that was made with these wrapped keys. */
  dataKeyOf([first]: readonly EncryptedDataKey[]): Uint8Array | undefined {
    return first && this.#wrapped.get(nameOf(first))?.dataKey
  }
}

/** The same with Buffers, whose `slice` does not copy. */
export class BufferDataKeyProvider extends MemoryDataKeyProvider {
  override async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    const { dataKey, encryptedDataKeys } = await super.generateDataKey(request)
    return {
      dataKey: bufferOver(dataKey),
      encryptedDataKeys: encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
        keyArn,
        ciphertextBlob: bufferOver(ciphertextBlob),
      })),
    }
  }

  override async decryptDataKey(request: DecryptRequest): Promise<Uint8Array | null> {
    const dataKey = await super.decryptDataKey(request)
    return dataKey && bufferOver(dataKey)
  }
}

function bufferOver({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}

function nameOf({ keyArn, ciphertextBlob }: EncryptedDataKey): string {
  return JSON.stringify([keyArn, [...ciphertextBlob]])
}

function textOf(context: EncryptionContext): string {
  return JSON.stringify(Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1)))
}
