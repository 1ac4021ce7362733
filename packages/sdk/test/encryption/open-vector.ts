import { Readable } from 'node:stream'
import {
  EncryptionSdk,
  KmsDataKeyProvider,
  noRetry,
  SecretsManagerDataKeyProvider,
  type EncryptionInfo,
} from 'osscrypt'
import { MemoryKms } from '../kms/memory-kms.js'
import { cmksOf, fromBase64, type Vector } from '../message/vector-file.js'

const options = { allowUnauthenticatedAlgorithms: true }

/** How a case came out. */
export interface Outcome {
  /** Everything that was handed out, also before an error. */
  readonly handedOut: Buffer
  readonly encryption?: EncryptionInfo
  readonly error?: unknown
  readonly kms: MemoryKms
}

/** Opens a case with some of its CMKs; a stream comes in the chunks that `split` makes of it. */
export async function openVector(
  vector: Vector,
  split: (bytes: Buffer) => Iterable<Uint8Array> = (bytes) => [bytes],
  cmkArns: readonly string[] = cmksOf(vector),
): Promise<Outcome> {
  const kms = new MemoryKms(vector.encryptedDataKeys, vector.encryptionContext)
  const sdk = new EncryptionSdk({ dataKeys: providerOf(vector, cmkArns, kms) })
  const output = fromBase64(vector.output)
  if (vector.form === 'asn1-message' || vector.variant === 'message') {
    try {
      const { plaintext, encryption } = await sdk.decrypt(output, options)
      return { handedOut: Buffer.from(plaintext), encryption, kms }
    } catch (error) {
      return { handedOut: Buffer.alloc(0), error, kms }
    }
  }
  const stream = Readable.from(split(output)).pipe(sdk.decryptStream(options))
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return { handedOut: Buffer.concat(chunks), encryption: await stream.encryption, kms }
  } catch (error) {
    return { handedOut: Buffer.concat(chunks), error, kms }
  }
}

function providerOf(vector: Vector, cmkArns: readonly string[], kms: MemoryKms) {
  const dataKeys = new KmsDataKeyProvider(cmkArns, { kms, retry: noRetry })
  if (vector.form !== 'secret-manager') return dataKeys
  const secrets = {
    getSecretValue: () => Promise.resolve(vector.secretHeader ?? null),
    createSecret: () => Promise.resolve(false),
  }
  const place = { region: 'cn-hangzhou', secrets, retry: noRetry }
  return new SecretsManagerDataKeyProvider(vector.secretName ?? '', dataKeys, place)
}
