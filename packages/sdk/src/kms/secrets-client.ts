import type { KmsCallOptions, KmsPlace } from './kms-client.js'

/** The operations of Secrets Manager that stored headers need. Every failure is a ServiceError; implementations do not retry. */
export interface SecretsClient {
  /** The current text of a secret (GetSecretValue), or null when there is none of that name. */
  getSecretValue(request: KmsPlace & { readonly secretName: string }, options?: KmsCallOptions): Promise<string | null>

  /**
   * Stores a new secret of type `text` (CreateSecret).
   *
   * @returns false when there is one of that name already.
   */
  createSecret(request: KmsPlace & NewSecret, options?: KmsCallOptions): Promise<boolean>
}

/** A secret to be stored. */
export interface NewSecret {
  readonly secretName: string
  readonly secretData: string
  readonly versionId: string
  /** The CMK that Secrets Manager encrypts the secret with. Default: the service's own. */
  readonly encryptionKeyId?: string | undefined
  /** The KMS instance that the secret is kept in. */
  readonly instanceId?: string | undefined
}
