import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { EncryptionSdk, KmsDataKeyProvider, noRetry, type AlgorithmName, type EncryptOptions } from 'osscrypt'
import { MemoryKms } from '../kms/memory-kms.js'

export const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/first'

/** The algorithms of messages, and what plaintexts they take. */
export const algorithms: readonly { name: AlgorithmName; authenticated: boolean; wholeBlocks: boolean }[] = [
  'AES_GCM_NOPADDING_128',
  'AES_GCM_NOPADDING_256',
  'AES_CBC_NOPADDING_128',
  'AES_CBC_NOPADDING_256',
  'AES_CBC_PKCS5_128',
  'AES_CBC_PKCS5_256',
  'AES_CTR_NOPADDING_128',
  'AES_CTR_NOPADDING_256',
  'SM4_GCM_NOPADDING_128',
  'SM4_CBC_NOPADDING_128',
  'SM4_CBC_PKCS5_128',
  'SM4_CTR_NOPADDING_128',
].map((name) => ({
  name: name as AlgorithmName,
  authenticated: name.includes('GCM'),
  wholeBlocks: name.includes('CBC_NOPADDING'),
}))

/** An SDK over a KMS in memory. */
export function memorySdk(cmkArns: readonly string[] = [CMK]): { kms: MemoryKms; sdk: EncryptionSdk } {
  const kms = new MemoryKms()
  return { kms, sdk: new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmkArns, { kms, retry: noRetry }) }) }
}

/** A stream message of some plaintext. */
export function streamMessage(sdk: EncryptionSdk, plaintext: Uint8Array, options?: EncryptOptions): Promise<Buffer> {
  return buffer(Readable.from([plaintext], { objectMode: false }).pipe(sdk.encryptStream(options)))
}

/** Bytes cut after each of `cuts`. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}
