// Signs with asymmetric CMKs, and verifies with KMS or here. Real KMS: SIGNING_CMK_RSA, SIGNING_CMK_EC, SIGNING_CMK_SM2.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { KmsSigner, OpenApiKmsClient, PublicKeyVerifier } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { kms, anotherCmk, close } = await openKms()
try {
  const usage = /** @type {const} */ ({ keyUsage: 'SIGN/VERIFY' })
  const rsa = await anotherCmk('SIGNING_CMK_RSA', { keySpec: 'RSA_2048', ...usage })
  const ec = await anotherCmk('SIGNING_CMK_EC', { keySpec: 'EC_P256', ...usage })
  const sm2 = await anotherCmk('SIGNING_CMK_SM2', { keySpec: 'EC_SM2', ...usage })

  // The message is digested here, and KMS signs the digest.
  const signer = new KmsSigner(rsa, kms)
  const message = Buffer.from('this is test.')
  const signature = await signer.sign(message, { algorithm: 'RSA_PSS_SHA_256' })
  const valid = await signer.verify(message, signature, { algorithm: 'RSA_PSS_SHA_256' })
  console.log(`RSA_PSS_SHA_256, verified by KMS: ${valid}`)
  assert.equal(valid, true)

  // A digest that is there already, and a stream of any length.
  const digest = createHash('sha256').update(message).digest()
  const ofDigest = await signer.signDigest(digest, { algorithm: 'RSA_PKCS1_SHA_256' })
  assert.equal(await signer.verify(message, ofDigest, { algorithm: 'RSA_PKCS1_SHA_256' }), true)
  const ofFile = await signer.sign(createReadStream(import.meta.filename), { algorithm: 'RSA_PKCS1_SHA_256' })
  assert.equal(
    await signer.verify(await readFile(import.meta.filename), ofFile, { algorithm: 'RSA_PKCS1_SHA_256' }),
    true,
  )

  // Here, with the public key alone: KMS is not asked.
  const verifier = await signer.publicKey()
  assert.equal(await verifier.verify(message, signature, { algorithm: 'RSA_PSS_SHA_256' }), true)
  assert.equal(await verifier.verify(Buffer.from('this is Test.'), signature, { algorithm: 'RSA_PSS_SHA_256' }), false)
  console.log('RSA_PSS_SHA_256, verified here: true; another message: false')

  for (const [cmk, algorithm] of /** @type {const} */ ([
    [ec, 'ECDSA_SHA_256'],
    [sm2, 'SM2DSA'],
  ])) {
    const elliptic = new KmsSigner(cmk, kms)
    const made = await elliptic.sign(message, { algorithm })
    const here = await (await elliptic.publicKey()).verify(message, made, { algorithm })
    assert.equal(await elliptic.verify(message, made, { algorithm }), true)
    console.log(`${algorithm}, verified here: ${here}`)
    assert.equal(here, true)
  }

  // Whoever has no access to KMS gets the public key as PEM.
  const [, , region = ''] = rsa.split(':')
  const keyVersionId = await signer.keyVersionId()
  const { publicKey } = await new OpenApiKmsClient(kms).getPublicKey({ region, keyId: rsa, keyVersionId })
  const elsewhere = PublicKeyVerifier.fromPem(publicKey)
  assert.equal(await elsewhere.verifyDigest(digest, ofDigest, { algorithm: 'RSA_PKCS1_SHA_256' }), true)

  // Or a certificate. Whether to trust it is yours to find out: only its key is used.
  const read = (/** @type {string} */ name) => readFile(new URL(`signed/${name}`, import.meta.url))
  const certified = PublicKeyVerifier.fromCertificate(await read('certificate.pem'))
  const contract = await read('contract.txt')
  const contractSignature = Buffer.from((await read('contract.sig')).toString(), 'base64')
  const held = await certified.verify(contract, contractSignature, { algorithm: 'RSA_PKCS1_SHA_256' })
  console.log(`contract.txt, verified with a certificate: ${held}`)
  assert.equal(held, true)
} finally {
  await close()
}
