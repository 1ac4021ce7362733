// The little that is used here of packages that are not there when this is type-checked.

declare module '@aws-crypto/client-node' {
  import type { Duplex } from 'node:stream'

  type Suite = number

  export const AlgorithmSuiteIdentifier: { readonly ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: Suite }
  export const CommitmentPolicy: { readonly REQUIRE_ENCRYPT_REQUIRE_DECRYPT: string }
  export const RawAesWrappingSuiteIdentifier: { readonly AES256_GCM_IV12_TAG16_NO_PADDING: Suite }

  export class RawAesKeyringNode {
    readonly keyName: string
    constructor(input: {
      keyName: string
      keyNamespace: string
      unencryptedMasterKey: Uint8Array
      wrappingSuite: Suite
    })
  }

  export function buildClient(commitmentPolicy: string): {
    encrypt(
      keyring: RawAesKeyringNode,
      plaintext: Uint8Array,
      options: { suiteId: Suite; frameLength: number },
    ): Promise<{ result: Buffer }>
    decrypt(keyring: RawAesKeyringNode, ciphertext: Uint8Array): Promise<{ plaintext: Buffer }>
    encryptStream(keyring: RawAesKeyringNode, options: { suiteId: Suite; frameLength: number }): Duplex
    decryptUnsignedMessageStream(keyring: RawAesKeyringNode): Duplex
  }
}

declare module 'age-encryption' {
  import type { ReadableStream } from 'node:stream/web'

  export class Stanza {
    readonly args: string[]
    readonly body: Uint8Array
    constructor(args: string[], body: Uint8Array)
  }

  export class Encrypter {
    addRecipient(recipient: { wrapFileKey(fileKey: Uint8Array): Stanza[] }): void
    encrypt(plaintext: Uint8Array): Promise<Uint8Array>
    encrypt(plaintext: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>
  }

  export class Decrypter {
    addIdentity(identity: { unwrapFileKey(stanzas: Stanza[]): Uint8Array | null }): void
    decrypt(ciphertext: Uint8Array): Promise<Uint8Array>
    decrypt(ciphertext: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>
  }
}

declare module 'esbuild' {
  export function build(options: {
    stdin?: { contents: string; resolveDir: string }
    entryPoints?: string[]
    bundle: true
    splitting?: boolean
    outdir?: string
    minify?: boolean
    platform: 'browser'
    format: 'esm'
    write: false
    logLevel: 'error'
  }): Promise<{ outputFiles: { path: string; contents: Uint8Array; text: string }[] }>
}
