/**
 * The endpoint of an application's own backend that gives its pages data keys and signed URLs; see docs/BROKER.md.
 *
 * @packageDocumentation
 * @module osscrypt/broker
 */
export type { BrokerAuditRecord, BrokerDenial, BrokerGrant, CreateBrokerOptions } from './broker/broker-options.js'
export type { RefusalReason } from './broker/broker-refusal.js'
export { createBroker } from './broker/create-broker.js'
export type { BrokerAction, BrokerOperation } from './broker/operations.js'
export type { RateLimiter } from './broker/rate-limiter.js'
export type { ReplayStore } from './broker/replay-store.js'
export type { SigningBucket, SigningCredentials } from './broker/sign-url.js'
