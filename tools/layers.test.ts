import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

/** Files of a repository that breaks every rule once, and beside each the rules that have to say so. */
const wrong: Record<string, { readonly source: string; readonly rules: readonly string[] }> = {
  'packages/sdk/src/bytes/up.ts': { source: `import '../crypto/algorithm.js'`, rules: ['layer-bytes'] },
  'packages/sdk/src/retry/up.ts': { source: `import '../bytes/hex.js'`, rules: ['layer-retry'] },
  'packages/sdk/src/crypto/up.ts': { source: `import '../message/header.js'`, rules: ['layer-crypto'] },
  'packages/sdk/src/message/beside.ts': { source: `import '../floe/segment.js'`, rules: ['layer-message'] },
  'packages/sdk/src/floe/types.ts': { source: `import type { X } from '../keys/arn.js'`, rules: ['layer-floe'] },
  'packages/sdk/src/keys/up.ts': { source: `import '../oss/store.js'`, rules: ['layer-keys'] },
  'packages/sdk/src/kms/up.ts': { source: `import '../keys/arn.js'`, rules: ['layer-kms'] },
  'packages/sdk/src/signature/up.ts': { source: `import '../oss/store.js'`, rules: ['layer-signature'] },
  'packages/sdk/src/testing/up.ts': { source: `import '../transfer/send.js'`, rules: ['layer-testing'] },
  'packages/sdk/src/store/up.ts': { source: `import '../transfer/send.js'`, rules: ['layer-store'] },
  'packages/sdk/src/transfer/up.ts': { source: `import '../format/gcm.js'`, rules: ['layer-transfer'] },
  'packages/sdk/src/format/up.ts': { source: `import '../oss/store.js'`, rules: ['layer-format'] },
  'packages/sdk/src/source/up.ts': { source: `import '../store/object-store.js'`, rules: ['layer-source'] },
  'packages/sdk/src/target/up.ts': { source: `import '../store/object-store.js'`, rules: ['layer-target'] },
  'packages/sdk/src/spool/up.ts': { source: `import '../store/object-store.js'`, rules: ['layer-spool'] },
  'packages/sdk/src/transfer/node.ts': { source: `import 'node:fs'`, rules: ['portable-no-node'] },
  'packages/sdk/src/transfer/room.ts': {
    source: `import './checkpoints/node-place.js'`,
    rules: ['portable-no-node-file'],
  },
  'packages/sdk/src/oss/room.ts': { source: `import '../store/ali-oss/client.js'`, rules: ['portable-no-node-file'] },
  'packages/sdk/src/oss/beside.ts': { source: `import '../signature/sign.js'`, rules: ['layer-oss'] },
  'packages/sdk/src/oss/entry.ts': { source: `export { X } from '../index.js'`, rules: ['layer-oss'] },
  'packages/sdk/src/errors.ts': { source: `import './bytes/hex.js'`, rules: ['layer-errors'] },
  'packages/sdk/src/misc/new.ts': { source: `import '../bytes/hex.js'`, rules: ['layer-unknown'] },
  'packages/sdk/src/bytes/ring-a.ts': { source: `import './ring-b.js'`, rules: ['no-circles'] },
  'packages/sdk/src/bytes/lost.ts': { source: `import './nowhere.js'`, rules: ['no-unresolvable'] },
  'packages/sdk/src/floe/node.ts': { source: `import 'node:stream'`, rules: ['portable-no-node'] },
  'packages/sdk/src/keys/bare.ts': { source: `import 'crypto'`, rules: ['portable-no-node'] },
  'packages/sdk/src/crypto/direct.ts': { source: `import './node-engine.js'`, rules: ['portable-no-node-file'] },
  'packages/sdk/src/keys/direct.ts': {
    source: `import '../kms/open-api-kms-client.js'`,
    rules: ['portable-no-node-file'],
  },
  'packages/sdk/src/oss/local.ts': { source: `import 'osscrypt-local'`, rules: ['sdk-not-local'] },
  'packages/sdk/src/oss/local-file.ts': {
    source: `import '../../../local/src/index.js'`,
    rules: ['sdk-not-local'],
  },
  'packages/local/src/oss/sdk.ts': { source: `import 'osscrypt'`, rules: ['local-not-sdk'] },
  'packages/local/src/oss/sdk-file.ts': {
    source: `import '../../../sdk/src/bytes/hex.js'`,
    rules: ['local-not-sdk'],
  },
  'packages/sdk/src/oss/dev.ts': { source: `import 'only-for-tests'`, rules: ['src-no-dev-dependencies'] },
  'packages/sdk/src/oss/unlisted.ts': { source: `import 'not-listed'`, rules: ['src-no-dev-dependencies'] },
  'packages/sdk/src/oss/test.ts': { source: `import '../../test/support.js'`, rules: ['src-not-outside'] },
  'packages/jobs/src/runner/redis.ts': { source: `import '../queue/worker.js'`, rules: ['jobs-without-redis'] },
  'packages/console/page/server.ts': { source: `import '../src/start.js'`, rules: ['page-no-server'] },
  'packages/console/src/page.ts': { source: `import '../page/view.js'`, rules: ['server-no-page'] },
  'packages/cli/src/inner.ts': {
    source: `import '../../sdk/src/bytes/hex.js'`,
    rules: ['only-entry-points', 'only-package-names'],
  },
  'packages/cli/src/path.ts': { source: `import '../../sdk/src/index.js'`, rules: ['only-package-names'] },
  'examples/inner.mjs': {
    source: `import '../packages/sdk/src/bytes/hex.js'`,
    rules: ['only-entry-points', 'only-package-names'],
  },
  'examples/path.mjs': { source: `import '../packages/sdk/src/oss.js'`, rules: ['only-package-names'] },
  'packages/sdk/test/other.test.ts': {
    source: `import '../../local/src/oss/service.js'`,
    rules: ['tests-of-other-packages'],
  },
}

/** Files that break no rule, among them the nearest permitted neighbour of what is refused above. */
const right: Record<string, string> = {
  'packages/jobs/src/queue.ts': `export { X } from './queue/worker.js'`,
  'packages/jobs/src/queue/worker.ts': `import '../runner/totals.js'\nexport const X = 1`,
  'packages/jobs/src/runner/totals.ts': `export const totals = 1`,
  'packages/sdk/src/index.ts': `export { hex } from './bytes/hex.js'`,
  'packages/sdk/src/oss.ts': `export { store } from './oss/store.js'`,
  'packages/sdk/src/bytes/hex.ts': 'export const hex = 1',
  // The other half of a circle, which is reported once, at ring-a.ts.
  'packages/sdk/src/bytes/ring-b.ts': `import type { A } from './ring-a.js'`,
  'packages/sdk/src/retry/backoff.ts': 'export const backoff = 1',
  'packages/sdk/src/crypto/algorithm.ts': `import '../bytes/hex.js'`,
  'packages/sdk/src/crypto/engine.ts': `import '#crypto-engine'`,
  'packages/sdk/src/crypto/node-engine.ts': `import 'node:crypto'\nimport './algorithm.js'`,
  'packages/sdk/src/message/header.ts': `import '../crypto/engine.js'\nimport '../retry/backoff.js'`,
  'packages/sdk/src/floe/segment.ts': `import '../crypto/engine.js'`,
  'packages/sdk/src/kms/open-api-kms-client.ts': `import 'node:https'\nimport './kms-client.js'`,
  'packages/sdk/src/kms/kms-client.ts': 'export const kmsClient = 1',
  'packages/sdk/src/keys/arn.ts': `import '#kms-client'\nimport '../kms/kms-client.js'\nimport '../message/header.js'`,
  'packages/sdk/src/signature/sign.ts': `import '../keys/arn.js'`,
  'packages/sdk/src/store/object-store.ts': 'export const store = 1',
  'packages/sdk/src/store/ali-oss/client.ts': `import 'ali-oss'\nimport 'node:http'\nimport '../object-store.js'`,
  'packages/sdk/src/transfer/send.ts': `import '../store/object-store.js'`,
  'packages/sdk/src/transfer/checkpoints/node-place.ts': `import 'node:fs'`,
  'packages/sdk/src/transfer/checkpoints/upload.ts': `import '../send.js'`,
  'packages/sdk/src/format/gcm.ts': `import '../transfer/send.js'\nimport '../keys/arn.js'`,
  'packages/sdk/src/source/node-source.ts': `import 'node:fs'`,
  'packages/sdk/src/target/node-target.ts': `import 'node:fs'`,
  'packages/sdk/src/spool/spool.ts': `import '../bytes/hex.js'`,
  'packages/sdk/src/oss/store.ts': `import '../format/gcm.js'\nimport '../keys/arn.js'`,
  'packages/sdk/test/support.ts': `import 'osscrypt-local'\nimport 'only-for-tests'\nimport '../src/bytes/hex.js'`,
  'packages/local/src/index.ts': `import './oss/service.js'`,
  'packages/local/src/oss/service.ts': `import 'node:http'`,
  'packages/console/src/start.ts': `import 'osscrypt'`,
  'packages/console/src/api/messages.ts': 'export const messages = 1',
  'packages/console/page/view.ts': `import '../src/api/messages.js'\nimport 'osscrypt/oss'`,
  'packages/cli/src/main.ts': `import 'osscrypt'\nimport 'osscrypt/oss'\nimport 'osscrypt-local'\nimport './cp.js'`,
  'packages/cli/src/cp.ts': 'export const cp = 1',
  'examples/demo.mjs': `import 'osscrypt'\nimport 'osscrypt/oss'\nimport 'osscrypt-local'`,
}

const manifests: Record<string, unknown> = {
  'packages/sdk/package.json': {
    name: 'osscrypt',
    exports: { '.': { default: './dist/index.js' }, './oss': { default: './dist/oss.js' } },
    imports: {
      '#crypto-engine': { node: './dist/crypto/node-engine.js', default: './dist/crypto/web-engine.js' },
      '#kms-client': { node: './dist/kms/open-api-kms-client.js', default: './dist/kms/no-kms-client.js' },
    },
    dependencies: { 'ali-oss': '*' },
    devDependencies: { 'only-for-tests': '*' },
  },
  'packages/local/package.json': { name: 'osscrypt-local', exports: { '.': { default: './dist/index.js' } } },
  'packages/console/package.json': { name: 'osscrypt-console', dependencies: { osscrypt: '*' } },
  'packages/cli/package.json': { name: 'osscrypt-cli', dependencies: { osscrypt: '*', 'osscrypt-local': '*' } },
  'examples/package.json': { name: 'examples', dependencies: { osscrypt: '*', 'osscrypt-local': '*' } },
  'package.json': { name: 'workspace', type: 'module' },
}

describe('the layers', () => {
  let folder: string
  let violations: readonly Violation[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'osscrypt-layers-'))
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.check.json', 'tsconfig.base.json']) {
      cpSync(join(root, file), join(folder, file))
    }
    for (const [path, manifest] of Object.entries(manifests)) write(path, JSON.stringify(manifest))
    for (const [path, source] of Object.entries(right)) write(path, source)
    for (const [path, { source }] of Object.entries(wrong)) write(path, source)
    for (const name of ['ali-oss', 'only-for-tests', 'not-listed']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
      write(`node_modules/${name}/index.js`, '')
    }
    violations = await cruise(folder)
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(Object.entries(wrong))('%s is refused', (path, { rules }) => {
    expect(rulesBrokenBy(path)).toEqual([...rules].sort())
  })

  test.each(Object.keys(right))('%s is permitted', (path) => {
    expect(rulesBrokenBy(path)).toEqual([])
  })

  function rulesBrokenBy(path: string): string[] {
    return [...new Set(violations.filter(({ from }) => from === path).map(({ rule }) => rule.name))].sort()
  }
})

async function cruise(folder: string): Promise<readonly Violation[]> {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const json = await new Promise<string>((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, [cruiser, '-T', 'json', 'packages', 'examples'], options, (error, stdout, stderr) => {
      if (stdout === '') reject(error ?? new Error(stderr))
      else resolve(stdout)
    })
  })
  return (JSON.parse(json) as { summary: { violations: Violation[] } }).summary.violations
}
