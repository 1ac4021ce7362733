// Kills downloads with a checkpoint at random moments and resumes them, until there were so many kills; then prints what was found as JSON.
// node kill-download.mjs <kills>
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { startLocalCloud } from 'osscrypt-local'

const wanted = Number(process.argv[2] ?? 5)
const LENGTH = 32 * 1024 * 1024
const bucket = 'osscrypt-test'
const script = fileURLToPath(new URL('download.mjs', import.meta.url))

const cloud = await startLocalCloud({ buckets: [bucket] })
const folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
const target = join(folder, 'target')
const checkpoint = join(folder, 'checkpoint')
const cmkArn = await cloud.createKey()
const kms = { endpoint: cloud.kms.endpoint, credentials: cloud.credentials }
const ossOptions = cloud.ossOptions(bucket)
const getOptions = { checkpoint, parallel: 3, partLength: 256 * 1024 }
const settings = JSON.stringify({ ossOptions, cmkArn, kms, getOptions })

const found = { kills: 0, beforeAnythingCame: 0, whileCollecting: 0, whileDecrypting: 0, completed: 0 }

/**
 * Runs a download, and kills it after a while if it is still running.
 *
 * @param {string} name
 * @param {number} killAfterMs
 * @returns {Promise<boolean>} whether it came to its end.
 */
async function run(name, killAfterMs) {
  const child = spawn(process.execPath, [script, name, target, settings], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  const ended = once(child, 'exit')
  while (!errors.includes('ready\n') && child.exitCode === null) await sleep(1)
  const waited = new AbortController()
  await Promise.race([ended, sleep(killAfterMs, undefined, { signal: waited.signal }).catch(() => undefined)])
  waited.abort()
  child.kill('SIGKILL')
  const [code, signal] = await ended
  if (signal === 'SIGKILL') return false
  assert.equal(code, 0, errors)
  return true
}

/** What a killed process may leave: never a target, and nothing that the checkpoint does not know of. */
async function inspect() {
  const files = await readdir(folder)
  const count = (/** @type {RegExp} */ pattern) => files.filter((file) => pattern.test(file)).length
  const [partials, temporaries] = [count(/\.ciphertext$/), count(/\.part$/)]
  const known = partials + temporaries + count(/^(target|checkpoint|checkpoint\.unfinished)$/)
  assert(partials <= 1 && temporaries <= 1 && known === files.length, `left behind: ${files.join(' ')}`)
  const there = files.includes('checkpoint')
  assert(there || partials + temporaries === 0, `without a checkpoint: ${files.join(' ')}`)
  return there ? { ...JSON.parse(await readFile(checkpoint, 'utf8')), partials } : null
}

try {
  const client = new OssEncryptionClient({ store: new OSS(ossOptions), dataKeys: new KmsDataKeyProvider(cmkArn, kms) })
  const plaintext = randomBytes(LENGTH)
  await client.put('gcm', plaintext)
  await client.put('floe', plaintext, { format: 'floe' })
  const start = performance.now()
  await run('floe', 60_000)
  const wholeMs = performance.now() - start
  await rm(target)

  for (let round = 0; found.kills < wanted; round += 1) {
    const name = round % 2 === 0 ? 'gcm' : 'floe'
    let collected = 0
    for (;;) {
      const completed = await run(name, Math.random() * wholeMs * 0.7)
      const left = await inspect()
      if (completed) break
      found.kills += 1
      const complete = await readFile(target).catch(() => null)
      assert(complete === null || plaintext.equals(complete), 'the target is wrong')
      if (left === null && complete !== null) break
      // Killed when the target had its name: what was collected goes first, and the checkpoint after it.
      if (complete !== null && left?.partials === 0) collected = 0
      assert((left?.collected ?? collected) >= collected, `of ${collected} bytes there are ${left?.collected}`)
      collected = left?.partials === 0 ? 0 : (left?.collected ?? collected)
      if (left === null) found.beforeAnythingCame += 1
      else if (left.collected < left.totalLength) found.whileCollecting += 1
      else found.whileDecrypting += 1
    }
    found.completed += 1
    assert(plaintext.equals(await readFile(target)), 'the target is wrong')
    assert.deepEqual(await readdir(folder), ['target'])
    await rm(target)
  }
  process.stdout.write(JSON.stringify(found))
} finally {
  await rm(folder, { recursive: true, force: true })
  await cloud.close()
}
