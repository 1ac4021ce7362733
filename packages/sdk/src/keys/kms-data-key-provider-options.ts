import type { KmsClient, KmsKeyDirectory } from '../kms/kms-client.js'
import { KMS_CLIENT_OPTIONS, type OpenApiKmsClientOptions } from '../kms/open-api-options.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { OptionNames } from '../options.js'
import type { RetryPolicy } from '../retry/retry.js'
import type { CmkInstances } from './cmk-places.js'

/** Options of {@link KmsDataKeyProvider}. */
export interface KmsDataKeyProviderOptions extends OpenApiKmsClientOptions {
  /** A KMS client to use instead of an OpenApiKmsClient; then the endpoint and credentials options have no effect. */
  readonly kms?: (KmsClient & Partial<KmsKeyDirectory>) | undefined
  /** Default: five attempts with full jitter. */
  readonly retry?: RetryPolicy | undefined
  /**
   * The KMS instances that CMKs live in: by ARN, or `describe` to ask KMS. An instance that KMS tells of is reached at its own endpoint when
   * `ca` is given, else its CMKs are used through the shared gateway.
   */
  readonly instances?: CmkInstances | undefined
  /**
   * Opens data under CMKs that were not given, too: those of these accounts in these regions. Whoever can write there chooses then which CMK
   * is asked. Default: none.
   */
  readonly discovery?: { readonly accounts: readonly string[]; readonly regions: readonly string[] } | undefined
  /**
   * The encryption context that the OSS SDKs' own encryption had KMS bind its keys to: `{ 'x-passphrase': … }` where Python's `AliKMSProvider` was given
   * a passphrase. Only for reading what that wrote. Default: none, as with Java and Go.
   */
  readonly ossSdkContext?: EncryptionContext | undefined
}

/** The names of the options of a KmsDataKeyProvider. */
export const PROVIDER_OPTIONS: OptionNames<KmsDataKeyProviderOptions> = {
  ...KMS_CLIENT_OPTIONS,
  kms: true,
  retry: true,
  instances: true,
  discovery: true,
  ossSdkContext: true,
}
