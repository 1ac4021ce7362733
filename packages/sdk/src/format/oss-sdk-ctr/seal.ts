import { engine } from '#crypto-engine'
import { Spool } from '#spool'
import { encodeBase64 } from '../../bytes/base64.js'
import { ByteSource } from '../../bytes/byte-source.js'
import { concatSecrets } from '../../bytes/secret-bytes.js'
import { assertPlaintextLength, OSS_SDK_CTR, type AlgorithmSuite } from '../../crypto/algorithm.js'
import { CtrCipher } from '../../crypto/ctr-body.js'
import { cutPieces } from '../../crypto/gcm-pieces.js'
import { mapInOrder } from '../../crypto/map-in-order.js'
import { OsscryptError } from '../../errors.js'
import type { DataKeyProvider, DataKeyRequest, SecretsWrapped } from '../../keys/data-key-provider.js'
import { wrapSecrets } from '../../keys/unwrap-secrets.js'
import { describeUnverifiedHeader } from '../../keys/verified-header.js'
import { assertUnchanged, sourceChanged, type OpenSource } from '../../source/source.js'
import type { SealedObject } from '../../transfer/sealed-object.js'
import type { FormatOptions, SealingKey, SealOptions } from '../object-format.js'
import { refuseOthersOptions } from '../format-name.js'
import { sealCiphertext } from '../sealed-ciphertext.js'
import { PREFIX } from './envelope-names.js'
import { encodeOssSdkKey, NO_HEADER } from './metadata.js'

const KEY_LENGTH = 32
const BLOCK_LENGTH = 16

/** The names that the SDKs have for how keys are wrapped. */
const WRITTEN_AS: Readonly<Record<SecretsWrapped['wrapAlgorithm'], string>> = {
  'RSA-PKCS1': 'RSA/NONE/PKCS1Padding',
  KMS: 'KMS/ALICLOUD',
}

/** A data key with its counter block behind it, and the headers that hold both, wrapped. */
interface OssSdkSealingKey extends SealingKey {
  readonly metadata: Readonly<Record<string, string>>
}

export function chooseOssSdkCtr(options: FormatOptions): AlgorithmSuite {
  if (options.writeWithoutIntegrity !== true) {
    throw new OsscryptError(
      'NotAllowed',
      'nobody notices when an object of the format `oss-sdk-ctr` is changed: it needs writeWithoutIntegrity',
    )
  }
  refuseOthersOptions('oss-sdk-ctr', options)
  if (options.algorithm !== undefined) throw new TypeError('`algorithm` does not go with the format `oss-sdk-ctr`')
  return OSS_SDK_CTR
}

/**
 * A fresh data key and counter block, wrapped each by itself. Bytes 8 to 11 of the block are zero, as the SDKs have it: they disagree on how a counter is added that
 * carries beyond them.
 */
export async function createOssSdkKey(provider: DataKeyProvider, { signal }: DataKeyRequest): Promise<SealingKey> {
  const key = engine.randomBytes(KEY_LENGTH)
  const block = engine.randomBytes(BLOCK_LENGTH).fill(0, 8, 12)
  const dataKey = concatSecrets([key, block])
  try {
    const { wrapAlgorithm, wrapped, description } = await wrapSecrets(provider, { secrets: [key, block], signal })
    const writtenAs = WRITTEN_AS[wrapAlgorithm]
    const [wrappedKey = '', start = ''] = wrapped.map((each) => encodeBase64(each))
    const sealing: OssSdkSealingKey = {
      header: NO_HEADER,
      dataKey,
      encryption: { ...describeUnverifiedHeader(NO_HEADER), wrapAlgorithm: writtenAs, keyDescription: description },
      metadata: encodeOssSdkKey({ key: wrappedKey, start, writtenAs, description }),
    }
    return sealing
  } catch (error) {
    dataKey.fill(0)
    throw error
  } finally {
    key.fill(0)
    block.fill(0)
  }
}

export function ossSdkKeyMetadata(key: SealingKey): Readonly<Record<string, string>> {
  return (key as OssSdkSealingKey).metadata
}

/** Encrypts a body once, and holds the ciphertext until it is sent: a source that was read twice could put two plaintexts under one key stream. */
export async function sealOssSdkCtr(source: OpenSource, key: SealingKey, options: SealOptions): Promise<SealedObject> {
  const cipher = await CtrCipher.create(key.dataKey.subarray(0, KEY_LENGTH), key.dataKey.subarray(KEY_LENGTH))
  const spool = new Spool(options)
  const bytes = new ByteSource(source.read(options.signal))
  try {
    const pieces = cutPieces({ start: 0, end: Infinity }, bytes)
    const encrypt = (piece: { readonly offset: number; readonly bytes: Uint8Array }) =>
      cipher.apply(piece.offset, piece.bytes)
    for await (const ciphertext of mapInOrder(pieces, encrypt, options.concurrency)) {
      options.signal?.throwIfAborted()
      if (ciphertext.length > 0) await spool.append(ciphertext)
      assertPlaintextLength(OSS_SDK_CTR, spool.length)
    }
    const { length } = spool
    if (source.length !== undefined && source.length !== length) throw sourceChanged()
    await assertUnchanged(source)
    const said = ossSdkKeyMetadata(key)
    const body = {
      length,
      read: (start: number, end: number) => spool.read(start, end),
      get bytes() {
        return spool.bytes
      },
      dispose: () => spool.dispose(),
    }
    return sealCiphertext(source, body, options, {
      metadata: { ...said, [`${PREFIX}unencrypted-content-length`]: String(length) },
      proof: {},
      partUnit: BLOCK_LENGTH,
      partMetadata: (partLength) => ({
        ...said,
        [`${PREFIX}data-size`]: String(length),
        [`${PREFIX}part-size`]: String(partLength),
      }),
    })
  } catch (error) {
    await spool.dispose()
    throw error
  } finally {
    cipher.dispose()
    await bytes.close()
  }
}
