/**
 * KMS, OSS and STS on 127.0.0.1, for tests: {@link startLocalCloud}.
 *
 * @packageDocumentation
 * @module osscrypt-local
 */
export { startLocalCloud } from './cloud.js'
export { FaultPlan } from './faults/fault-plan.js'
export type { Fault, FaultEffect, ServiceName } from './faults/fault-plan.js'
export type { AccessKey } from './http/service.js'
export type { LocalInstance } from './instance/start-instance.js'
export type { KeySpec, KeyUsage } from './kms/key-spec.js'
export { KmsError } from './kms/kms-error.js'
export type { KmsErrorCode } from './kms/kms-error.js'
export type { KmsAccessKey } from './kms/permissions.js'
export type {
  LocalCloud,
  LocalCloudOptions,
  LocalKeyOptions,
  LocalKmsConfig,
  LocalKmsOptions,
  LocalOssOptions,
} from './local-cloud.js'
export { LocalCloudError } from './local-cloud-error.js'
export type { LocalCloudErrorCode } from './local-cloud-error.js'
export type { OssGuesses } from './oss/protocol/guesses.js'
export type { RecordedRequest } from './request-log.js'
export type { LocalSts } from './sts/start-sts.js'
