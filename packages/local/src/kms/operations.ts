import type { Operation } from './operation.js'
import { asymmetricDecrypt } from './operations/asymmetric-decrypt.js'
import { asymmetricEncrypt } from './operations/asymmetric-encrypt.js'
import { asymmetricSign } from './operations/asymmetric-sign.js'
import { asymmetricVerify } from './operations/asymmetric-verify.js'
import { cancelKeyDeletion } from './operations/cancel-key-deletion.js'
import { createAlias } from './operations/create-alias.js'
import { createKeyVersion } from './operations/create-key-version.js'
import { createKey } from './operations/create-key.js'
import { createSecret } from './operations/create-secret.js'
import { decrypt } from './operations/decrypt.js'
import { deleteAlias } from './operations/delete-alias.js'
import { deleteSecret } from './operations/delete-secret.js'
import { describeAccountKmsStatus } from './operations/describe-account-kms-status.js'
import { describeKey } from './operations/describe-key.js'
import { describeRegions } from './operations/describe-regions.js'
import { describeSecret } from './operations/describe-secret.js'
import { disableKey } from './operations/disable-key.js'
import { enableKey } from './operations/enable-key.js'
import { encrypt } from './operations/encrypt.js'
import { generateDataKey, generateDataKeyWithoutPlaintext } from './operations/generate-data-key.js'
import { getPublicKey } from './operations/get-public-key.js'
import { getSecretValue } from './operations/get-secret-value.js'
import { listAliasesByKeyId } from './operations/list-aliases-by-key-id.js'
import { listAliases } from './operations/list-aliases.js'
import { listKeyVersions } from './operations/list-key-versions.js'
import { listKeys } from './operations/list-keys.js'
import { listSecretVersionIds } from './operations/list-secret-version-ids.js'
import { listSecrets } from './operations/list-secrets.js'
import { putSecretValue } from './operations/put-secret-value.js'
import { reEncrypt } from './operations/re-encrypt.js'
import { restoreSecret } from './operations/restore-secret.js'
import { scheduleKeyDeletion } from './operations/schedule-key-deletion.js'
import { updateAlias } from './operations/update-alias.js'
import { updateKeyDescription } from './operations/update-key-description.js'

const all: readonly Operation[] = [
  asymmetricDecrypt,
  asymmetricEncrypt,
  asymmetricSign,
  asymmetricVerify,
  cancelKeyDeletion,
  createAlias,
  createKey,
  createKeyVersion,
  createSecret,
  decrypt,
  deleteAlias,
  deleteSecret,
  describeAccountKmsStatus,
  describeKey,
  describeRegions,
  describeSecret,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  getPublicKey,
  getSecretValue,
  listAliases,
  listAliasesByKeyId,
  listKeyVersions,
  listKeys,
  listSecretVersionIds,
  listSecrets,
  putSecretValue,
  reEncrypt,
  restoreSecret,
  scheduleKeyDeletion,
  updateAlias,
  updateKeyDescription,
]

/** The operations of the local KMS by their names in the API. */
export const operations: ReadonlyMap<string, Operation> = new Map(all.map((operation) => [operation.name, operation]))
