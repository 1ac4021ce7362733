import type { Fault, FaultPlan } from './faults/fault-plan.js'
import type { AccessKey } from './http/service.js'
import type { LocalInstance } from './instance/start-instance.js'
import type { KeySpec, KeyUsage } from './kms/key-spec.js'
import type { OperationAnswer } from './kms/operation.js'
import type { KmsAccessKey } from './kms/permissions.js'
import type { OssGuesses } from './oss/protocol/guesses.js'
import type { RecordedRequest } from './request-log.js'
import type { LocalSts } from './sts/start-sts.js'

/** What `startLocalCloud` starts. Everything may be left out. */
export interface LocalCloudOptions {
  /** Where keys and objects are kept, and stay. A temporary folder that goes at `close()` when left out. */
  readonly folder?: string
  /** Ports on 127.0.0.1; free ones are taken when left out. */
  readonly kmsPort?: number
  readonly ossPort?: number
  readonly stsPort?: number
  /** Starts STS over HTTPS, with a CA of its own: some clients speak nothing else to it. */
  readonly stsOverTls?: boolean
  readonly instancePort?: number
  /** Who may send requests; the first is `cloud.credentials`. The folder's own, random access key when left out. */
  readonly accessKeys?: readonly KmsAccessKey[]
  /** The region of KMS requests that name none. Default `cn-hangzhou`. Keys can be in any region. */
  readonly region?: string
  /** The account that everything belongs to. Default `1234567890123456`. */
  readonly accountId?: string
  /** Starts a KMS instance too, over HTTPS; keys and secrets that are created with its id live there. */
  readonly instance?: boolean
  /** Whether KMS throttles (`Rejected.Throttling`) what is more than the real one's quotas. Default: it never does. */
  readonly kmsQuotas?: boolean
  /** Buckets that are to be there from the start. */
  readonly buckets?: readonly string[]
  /** What no public source tells of OSS, turned round: see docs/COMPATIBILITY.md. */
  readonly ossGuesses?: Partial<OssGuesses>
  /** Faults to begin with; `cloud.faults` takes more. */
  readonly faults?: readonly Fault[]
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number
}

/** What `cloud.createKey` makes. */
export interface LocalKeyOptions {
  /** The cloud's region when left out. */
  readonly region?: string
  /** With its `alias/`. */
  readonly alias?: string
  readonly description?: string
  /** A symmetric key when left out. */
  readonly keySpec?: KeySpec
  readonly keyUsage?: KeyUsage
  /** The KMS instance that the key is to live in. */
  readonly instanceId?: string
}

/** Options for `new OSS(…)` of ali-oss. */
export interface LocalOssOptions {
  readonly endpoint: string
  /** Bucket names in the path: an address that is a number takes no subdomains. */
  readonly sldEnable: true
  readonly secure: false
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly stsToken?: string
}

/** Options for `new KmsDataKeyProvider(cmk, …)` and `new OpenApiKmsClient(…)` of osscrypt. */
export interface LocalKmsOptions {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly credentials: AccessKey
}

/** Options for `new Config(…)` of @alicloud/openapi-client. */
export interface LocalKmsConfig extends AccessKey {
  readonly protocol: 'HTTP'
  /** Host and port, without the protocol, as that client wants it. */
  readonly endpoint: string
  readonly regionId: string
}

/** A KMS and an OSS that run in this process, on 127.0.0.1. */
export interface LocalCloud extends AsyncDisposable {
  readonly folder: string
  readonly region: string
  readonly accountId: string
  readonly credentials: AccessKey
  readonly kms: {
    /** `http://127.0.0.1:<port>` */
    readonly endpoint: string
    /**
     * Carries out an operation of the KMS API past the network: no signature, no faults, no recording.
     *
     * @throws {KmsError} as the service would answer.
     */
    call(operation: string, parameters: Readonly<Record<string, string>>): Promise<OperationAnswer>
  }
  readonly oss: {
    /** `http://127.0.0.1:<port>` */
    readonly endpoint: string
  }
  readonly sts: LocalSts
  /** The KMS instance, when it was asked for. */
  readonly instance?: LocalInstance
  /** What is to go wrong, and on which requests. */
  readonly faults: FaultPlan
  /** The requests that the services understood, oldest first; at most the last 10 000. */
  readonly requests: readonly RecordedRequest[]
  /** Forgets the requests so far. */
  clearRequests(): void
  /** For the access key that is given; `credentials` when left out. */
  ossOptions(bucket: string, accessKey?: AccessKey): LocalOssOptions
  kmsOptions(accessKey?: AccessKey): LocalKmsOptions
  kmsConfig(): LocalKmsConfig
  /** Creates a key and returns its ARN. @throws {KmsError} */
  createKey(options?: LocalKeyOptions): Promise<string>
  /** The ARN of the key that an id, alias or ARN names; undefined when there is none. */
  findKey(keyId: string): Promise<string | undefined>
  /** A temporary access key as STS gives it out, good for as long as is wished: STS gives none for less than a quarter of an hour. */
  makeTemporaryKey(lifetimeMs: number): AccessKey
  /** Answers every use of a key with `Forbidden.NoPermission`, until {@link permitKey}. */
  denyKey(arn: string): void
  permitKey(arn: string): void
  /** Creates a bucket, unless it is there. It is a request to OSS like any other, with faults and recording. */
  createBucket(name: string): Promise<void>
  /** Ends all connections and releases the folder; a temporary folder is removed. May be called again. */
  close(): Promise<void>
}
