import { concatSecrets } from '../../bytes/secret-bytes.js'
import { CtrBody } from '../../crypto/ctr-body.js'
import { KeyError } from '../../errors.js'
import type { DataKeyProvider } from '../../keys/data-key-provider.js'
import { requireContext, type DecryptOptions } from '../../keys/envelope.js'
import { unwrapSecrets } from '../../keys/unwrap-secrets.js'
import { describeUnverifiedHeader } from '../../keys/verified-header.js'
import { BareLayout } from '../bare-layout.js'
import type { UnverifiedEnvelope } from '../envelope.js'
import type { BodyLayout, BodyReader, ObjectFormat, ObjectKey, WritableFormat } from '../object-format.js'
import type { OssSdkEnvelope } from './metadata.js'
import { chooseOssSdkCtr, createOssSdkKey, ossSdkKeyMetadata, sealOssSdkCtr } from './seal.js'

const KEY_LENGTH = 32
const BLOCK_LENGTH = 16

/**
 * What the OSS SDKs for Java, Go, Python, C++ and PHP encrypt by themselves: AES-256-CTR, the key and the first counter block wrapped by RSA or by KMS. Nothing of it is
 * authenticated.
 */
export const ossSdkCtrFormat: WritableFormat = {
  name: 'oss-sdk-ctr',
  prefaceLength: 0,
  isBare: true,
  envelopeIn: 'metadata',
  segmentLength: undefined,
  hasContext: false,
  choose: chooseOssSdkCtr,
  createKey: createOssSdkKey,
  placeholderMetadata: ossSdkKeyMetadata,
  prefaceOf: () => new Uint8Array(0),
  seal: sealOssSdkCtr,
  integrity: () => 'none',
  describe,
  openKey,
  layout: (_envelope, _preface, totalLength) => new OssSdkCtrLayout(totalLength),
}

class OssSdkCtrLayout extends BareLayout implements BodyLayout {
  readonly plaintextLength: number | undefined
  readonly sealing = undefined

  constructor(length: number | undefined) {
    super(length)
    this.plaintextLength = length
  }

  open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader> {
    return CtrBody.open(dataKey.subarray(0, KEY_LENGTH), dataKey.subarray(KEY_LENGTH), concurrency)
  }
}

function describe(envelope: UnverifiedEnvelope): ReturnType<ObjectFormat['describe']> {
  const { writtenAs, secrets } = (envelope as OssSdkEnvelope).ossSdkKey
  return {
    ...describeUnverifiedHeader(envelope.header),
    wrapAlgorithm: writtenAs,
    keyDescription: secrets.description,
  }
}

/** @returns the data key, and behind it the first counter block. */
async function openKey(
  provider: DataKeyProvider,
  envelope: UnverifiedEnvelope,
  { requiredContext, signal }: DecryptOptions,
): Promise<ObjectKey> {
  requireContext(envelope.header.encryptionContext, requiredContext)
  const { secrets, counterIs } = (envelope as OssSdkEnvelope).ossSdkKey
  const opened = await unwrapSecrets(provider, { ...secrets, signal })
  try {
    const [key = new Uint8Array(0), start = new Uint8Array(0)] = opened
    const counterBlock = counterIs === 'block' ? start : decodeCounter(start)
    return { encryption: describe(envelope), dataKey: concatSecrets([key, counterBlock]) }
  } finally {
    for (const secret of opened) secret.fill(0)
  }
}

/**
 * The counter block that a decimal number stands for.
 *
 * @throws KeyError `InvalidDataKey`: what was unwrapped is none, as with a wrong key.
 */
function decodeCounter(digits: Uint8Array): Uint8Array {
  const text = String.fromCharCode(...digits)
  const counter = /^\d{1,39}$/.test(text) ? BigInt(text) : -1n
  if (counter < 0n || counter >= 1n << 128n) throw new KeyError('InvalidDataKey', 'what was unwrapped is no counter')
  const block = new Uint8Array(BLOCK_LENGTH)
  for (let index = BLOCK_LENGTH - 1, rest = counter; index >= 0; index -= 1, rest >>= 8n)
    block[index] = Number(rest & 0xffn)
  return block
}
