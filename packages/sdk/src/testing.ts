/**
 * What implementations of osscrypt's interfaces have to do, as suites that any test runner can run:
 *
 * ```ts
 * import { test } from 'node:test'
 * import { dataKeyProviderSuite } from 'osscrypt/testing'
 *
 * for (const { name, run } of dataKeyProviderSuite({ create: () => new MyDataKeyProvider() })) test(name, run)
 * ```
 *
 * @packageDocumentation
 * @module osscrypt/testing
 */
export { dataKeyCacheStoreSuite, type DataKeyCacheStoreSuiteOptions } from './testing/data-key-cache-store-suite.js'
export { dataKeyProviderSuite, type DataKeyProviderSuiteOptions } from './testing/data-key-provider-suite.js'
export { kmsClientSuite, type KmsClientSuiteOptions } from './testing/kms-client-suite.js'
export { objectStoreSuite, type ObjectStoreSuiteOptions } from './testing/object-store-suite.js'
export { retryPolicySuite, type RetryPolicySuiteOptions } from './testing/retry-policy-suite.js'
export { SuiteError, type SuiteCase } from './testing/suite.js'
