export type { BrokerAuditRecord, BrokerGrant, CreateBrokerOptions } from './broker/broker-options.js'
export { createBroker } from './broker/create-broker.js'
export type { BrokerAction } from './broker/operations.js'
export type { SigningBucket, SigningCredentials } from './broker/sign-url.js'
