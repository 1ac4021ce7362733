import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

const tests = ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts', 'bench/test/*.test.ts']

const left = ['**/node_modules/**', '**/dist/**']

/** What has a module be another one. */
const mocking = [
  'packages/sdk/test/crypto/no-sm4.test.ts',
  'packages/sdk/test/crypto/node-memory.test.ts',
  'packages/sdk/test/kms/default-exports.test.ts',
  'packages/sdk/test/bytes/free-buffer.test.ts',
  'packages/sdk/test/bytes/base64.test.ts',
]

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
      { extends: true, test: { name: 'tests', include: tests, exclude: [...left, ...mocking], isolate: false } },
      { extends: true, test: { name: 'mocking', include: mocking, exclude: left } },
    ],
    // Many tests wait, for time-outs, browsers and other processes: more than there are cores.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // CommonJS packages look to tests as they look to Node: the vendor's have their class under `default.default`.
    deps: { interopDefault: false },
    // The command is started many times by some: on a busy machine each start takes a second.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
})
