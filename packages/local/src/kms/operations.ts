import type { Operation } from './operation.js'
import { cancelKeyDeletion } from './operations/cancel-key-deletion.js'
import { createAlias } from './operations/create-alias.js'
import { createKey } from './operations/create-key.js'
import { createKeyVersion } from './operations/create-key-version.js'
import { decrypt } from './operations/decrypt.js'
import { deleteAlias } from './operations/delete-alias.js'
import { describeKey } from './operations/describe-key.js'
import { disableKey } from './operations/disable-key.js'
import { enableKey } from './operations/enable-key.js'
import { encrypt } from './operations/encrypt.js'
import { generateDataKey, generateDataKeyWithoutPlaintext } from './operations/generate-data-key.js'
import { listAliases } from './operations/list-aliases.js'
import { listKeyVersions } from './operations/list-key-versions.js'
import { listKeys } from './operations/list-keys.js'
import { reEncrypt } from './operations/re-encrypt.js'
import { scheduleKeyDeletion } from './operations/schedule-key-deletion.js'

const all: readonly Operation[] = [
  cancelKeyDeletion,
  createAlias,
  createKey,
  createKeyVersion,
  decrypt,
  deleteAlias,
  describeKey,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  listAliases,
  listKeyVersions,
  listKeys,
  reEncrypt,
  scheduleKeyDeletion,
]

/** The operations of the local KMS by their names in the API. */
export const operations: ReadonlyMap<string, Operation> = new Map(all.map((operation) => [operation.name, operation]))
