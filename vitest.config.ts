import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

const tests = ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts', 'bench/test/*.test.ts']

/** What has a module be another one; a lint rule has such tests named so. */
const mocking = ['**/*.mocking.test.ts']

/** Messages of vitest, Playwright, the clients, and `within`. */
const TOO_LATE = /timed out|Timeout \d+ms exceeded|in time\b|still not settled/

const leftOut = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  resolve: {
    // Tests run against the TypeScript sources. The patterns are anchored, so that `osscrypt` does not swallow
    // `osscrypt/oss`. Programs that tests start as child processes get the built packages, as a user would.
    alias: [
      { find: /^osscrypt$/, replacement: source('sdk/src/index.ts') },
      { find: /^osscrypt\/oss$/, replacement: source('sdk/src/oss.ts') },
      { find: /^osscrypt\/broker$/, replacement: source('sdk/src/broker.ts') },
      { find: /^osscrypt\/broker\/node$/, replacement: source('sdk/src/broker-node.ts') },
      { find: /^osscrypt\/floe$/, replacement: source('sdk/src/floe.ts') },
      { find: /^osscrypt\/browser$/, replacement: source('sdk/src/browser.ts') },
      { find: /^osscrypt\/download-worker$/, replacement: source('sdk/src/download-worker.ts') },
      { find: /^osscrypt\/files$/, replacement: source('sdk/src/files.ts') },
      { find: /^osscrypt\/testing$/, replacement: source('sdk/src/testing.ts') },
      { find: /^osscrypt-console$/, replacement: source('console/src/index.ts') },
      { find: /^osscrypt-local$/, replacement: source('local/src/index.ts') },
      { find: /^osscrypt-jobs$/, replacement: source('jobs/src/index.ts') },
      { find: /^osscrypt-jobs\/queue$/, replacement: source('jobs/src/queue.ts') },
      { find: /^#body-cipher$/, replacement: source('sdk/src/crypto/node-cipher.ts') },
      { find: /^#sequential-cipher$/, replacement: source('sdk/src/crypto/node-sequential-cipher.ts') },
      { find: /^#spool$/, replacement: source('sdk/src/spool/node-spool.ts') },
      { find: /^#output$/, replacement: source('sdk/src/target/node-output.ts') },
      { find: /^#source$/, replacement: source('sdk/src/source/node-source.ts') },
      { find: /^#crc64$/, replacement: source('sdk/src/store/node-crc64.ts') },
      { find: /^#choose-store$/, replacement: source('sdk/src/oss/node-choose-store.ts') },
      { find: /^#get-target$/, replacement: source('sdk/src/oss/node-get-target.ts') },
      { find: /^#checkpoint-place$/, replacement: source('sdk/src/transfer/checkpoints/node-checkpoint-place.ts') },
      { find: /^#encryption-transform$/, replacement: source('sdk/src/encryption/node-encryption-transform.ts') },
      { find: /^#crypto-engine$/, replacement: source('sdk/src/crypto/node-engine.ts') },
      { find: /^#kms-client$/, replacement: source('sdk/src/kms/open-api-kms-client.ts') },
    ],
  },
  test: {
    pool: 'forks',
    // A process takes one file of tests after the other: to load all modules anew for each took a quarter of the time.
    projects: [
      { extends: true, test: { name: 'tests', include: tests, exclude: [...leftOut, ...mocking], isolate: false } },
      { extends: true, test: { name: 'mocking', include: mocking, exclude: leftOut } },
    ],
    // Many tests wait, for time-outs, browsers and other processes: more than there are cores.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // CommonJS packages look to tests as they look to Node: the vendor's have their class under `default.default`.
    deps: { interopDefault: false },
    // The command is started many times by some: on a busy machine each start takes a second.
    testTimeout: 60_000,
    // In CI, what came too late has a second attempt, which is told of. What came out wrong has none.
    retry: process.env['CI'] === undefined ? 0 : { count: 1, condition: TOO_LATE },
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
})
