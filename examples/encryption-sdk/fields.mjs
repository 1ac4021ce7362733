// Encrypts columns of rows, as the Java samples for databases do: one short message for each value, in base64.
import assert from 'node:assert/strict'
import { CachingDataKeyProvider, EncryptionSdk, KmsDataKeyProvider, OsscryptError } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
const dataKeys = new CachingDataKeyProvider(new KmsDataKeyProvider(cmk, kms), { maxAgeMs: 5 * 60_000 })
try {
  const sdk = new EncryptionSdk({ dataKeys })

  /** @param {string} column @param {string} text */
  const seal = async (column, text) => {
    const { message } = await sdk.encrypt(Buffer.from(text), { encryptionContext: { table: 'users', column } })
    return Buffer.from(message).toString('base64')
  }
  /** @param {string} column @param {string} sealed */
  const unseal = async (column, sealed) => {
    const requiredContext = { table: 'users', column }
    const { plaintext } = await sdk.decrypt(Buffer.from(sealed, 'base64'), { requiredContext })
    return Buffer.from(plaintext).toString()
  }

  const rows = []
  for (const [name, phone] of /** @type {const} */ ([
    ['Ada', '0571-1815'],
    ['Grace', '0571-1906'],
  ])) {
    rows.push({ name, phone: await seal('phone', phone), email: await seal('email', `${name}@example.com`) })
  }
  for (const { name, phone, email } of rows) {
    console.log(`${name}: ${await unseal('phone', phone)}, ${await unseal('email', email)}`)
  }
  console.log(`4 values written and read, ${dataKeys.statistics.calls} calls to KMS`)
  assert.equal(dataKeys.statistics.calls, 4)

  // A value that somebody moved to another column is refused: the context says where it belongs.
  const email = rows[0]?.email ?? ''
  await assert.rejects(
    unseal('phone', email),
    (error) => error instanceof OsscryptError && error.code === 'ContextMismatch',
  )
} finally {
  dataKeys.clear()
  await close()
}
