import {
  type KeyObject,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto'

// Node signs messages and not digests, so the paddings of RFC 8017 (section 9) are put on here, for SHA-256 alone.
const hashLength = 32
const saltLength = 32
const sha256Info = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** Signs a SHA-256 digest with RSASSA-PKCS1-v1_5. */
export function signPkcs1(pkcs8: Buffer, digest: Buffer): Buffer {
  const privateKey = readKey(pkcs8)
  return applyPrivate(privateKey, padPkcs1(modulusLength(privateKey), digest))
}

export function verifyPkcs1(pkcs8: Buffer, digest: Buffer, signature: Buffer): boolean {
  const privateKey = readKey(pkcs8)
  return applyPublic(privateKey, signature)?.equals(padPkcs1(modulusLength(privateKey), digest)) ?? false
}

/** Signs a SHA-256 digest with RSASSA-PSS: MGF1 with SHA-256, and a salt of 32 bytes. */
export function signPss(pkcs8: Buffer, digest: Buffer): Buffer {
  const privateKey = readKey(pkcs8)
  const salt = randomBytes(saltLength)
  const hash = hashPss(digest, salt)
  const dataLength = modulusLength(privateKey) - hashLength - 1
  const data = Buffer.concat([Buffer.alloc(dataLength - saltLength - 1), Buffer.from([1]), salt])
  const masked = xor(data, mgf1(hash, dataLength))
  // The encoded message is one bit shorter than the modulus, whose length is a multiple of eight.
  masked[0] = (masked[0] ?? 0) & 0x7f
  return applyPrivate(privateKey, Buffer.concat([masked, hash, Buffer.from([0xbc])]))
}

export function verifyPss(pkcs8: Buffer, digest: Buffer, signature: Buffer): boolean {
  const encoded = applyPublic(readKey(pkcs8), signature)
  if (encoded?.at(-1) !== 0xbc || ((encoded[0] ?? 0) & 0x80) !== 0) return false
  const masked = encoded.subarray(0, -hashLength - 1)
  const hash = encoded.subarray(-hashLength - 1, -1)
  const data = xor(masked, mgf1(hash, masked.length))
  data[0] = (data[0] ?? 0) & 0x7f
  const salt = data.subarray(-saltLength)
  const padding = data.subarray(0, -saltLength - 1)
  return padding.every((byte) => byte === 0) && data.at(-saltLength - 1) === 1 && hash.equals(hashPss(digest, salt))
}

function readKey(pkcs8: Buffer): KeyObject {
  return createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
}

function modulusLength(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

function padPkcs1(length: number, digest: Buffer): Buffer {
  const filling = Buffer.alloc(length - 3 - sha256Info.length - digest.length, 0xff)
  return Buffer.concat([Buffer.from([0, 1]), filling, Buffer.from([0]), sha256Info, digest])
}

function hashPss(digest: Buffer, salt: Buffer): Buffer {
  return createHash('sha256').update(Buffer.alloc(8)).update(digest).update(salt).digest()
}

function mgf1(seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; counter * hashLength < length; counter += 1) {
    const suffix = Buffer.alloc(4)
    suffix.writeUInt32BE(counter)
    blocks.push(createHash('sha256').update(seed).update(suffix).digest())
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}

function applyPrivate(key: KeyObject, encoded: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

/** Undefined for what cannot be a signature under this key: too long, too short, or not below the modulus. */
function applyPublic(privateKey: KeyObject, signature: Buffer): Buffer | undefined {
  if (signature.length !== modulusLength(privateKey)) return undefined
  try {
    return publicDecrypt({ key: createPublicKey(privateKey), padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined
  }
}
