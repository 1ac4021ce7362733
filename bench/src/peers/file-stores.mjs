// Commands that keep a folder of files encrypted somewhere else: ours and others, each as what it does in a process of its own.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../../packages/cli/bin/osscrypt.js', import.meta.url))

/** How many files are on their way at once, whoever sends them. */
const AT_ONCE = '8'

/**
 * What a contestant runs; `name` is that of a place in its store.
 *
 * @typedef {{
 *   name: string
 *   env: NodeJS.ProcessEnv
 *   up: (folder: string, name: string) => readonly string[]
 *   down: (name: string, folder: string) => readonly string[]
 *   sync: (folder: string, name: string) => readonly string[]
 *   upFile: (file: string, name: string) => readonly string[]
 *   downFile: (name: string, file: string) => readonly string[]
 *   close: () => Promise<void>
 * }} FileStore
 */

/**
 * osscrypt against a local OSS and KMS.
 *
 * @param {import('../local-cloud.mjs').Cloud} cloud
 * @param {string} states A folder for what a sync notes of the one before.
 * @returns {FileStore}
 */
export function osscryptFiles({ ossOptions, kmsEndpoint, credentials, cmkArn }, states) {
  const run = [process.execPath, command]
  const place = (/** @type {string} */ name) => `oss://${ossOptions.bucket}/${name}`
  const many = ['-q', '--jobs', AT_ONCE]
  return {
    name: 'osscrypt',
    env: {
      ...process.env,
      OSSCRYPT_CMK: cmkArn,
      OSSCRYPT_KMS_ENDPOINT: kmsEndpoint,
      OSSCRYPT_ENDPOINT: ossOptions.endpoint,
      OSSCRYPT_REGION: 'cn-hangzhou',
      ALIBABA_CLOUD_ACCESS_KEY_ID: credentials.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: credentials.accessKeySecret,
    },
    up: (folder, name) => [...run, 'cp', '-r', ...many, folder, place(name)],
    down: (name, folder) => [...run, 'cp', '-r', ...many, place(name), folder],
    sync: (folder, name) => [...run, 'sync', ...many, '--state-folder', states, folder, place(name)],
    upFile: (file, name) => [...run, 'cp', '-q', '-f', file, place(name)],
    downFile: (name, file) => [...run, 'cp', '-q', '-f', place(name), file],
    close: () => Promise.resolve(),
  }
}

/**
 * rclone's crypt: over a local folder, and over WebDAV that rclone itself serves on this machine, which is a service to talk to as OSS is. None
 * where rclone is not installed.
 *
 * @param {string} folder
 * @returns {Promise<FileStore[]>}
 */
export async function rcloneFiles(folder) {
  let password
  try {
    password = execFileSync('rclone', ['obscure', 'a password for nothing'], { encoding: 'utf8' }).trim()
  } catch {
    console.error('rclone is not installed: not compared with')
    return []
  }
  const config = join(folder, 'rclone.conf')
  const [plain, served] = ['plain', 'served'].map((name) => join(folder, name))
  for (const each of [plain, served]) mkdirSync(/** @type {string} */ (each))
  const port = await freePort()
  writeFileSync(
    config,
    [
      ...['[dav]', 'type = webdav', `url = http://127.0.0.1:${port}`, 'vendor = other'],
      ...['[crypt-folder]', 'type = crypt', `remote = ${plain}`, `password = ${password}`],
      ...['[crypt-dav]', 'type = crypt', 'remote = dav:', `password = ${password}`],
    ].join('\n'),
    { mode: 0o600 },
  )
  const server = spawn('rclone', ['serve', 'webdav', '--addr', `127.0.0.1:${port}`, /** @type {string} */ (served)], {
    stdio: 'ignore',
  })
  const close = async () => {
    // Both remotes are this server's: it may have ended already, by the signal.
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill()
    await once(server, 'exit')
  }
  process.once('exit', () => void server.kill())
  await answers(port)
  /** @returns {FileStore} */
  const store = (/** @type {string} */ remote, /** @type {string} */ name) => {
    const run = ['rclone', '--config', config, '-q', '--transfers', AT_ONCE, '--checkers', AT_ONCE]
    return {
      name,
      env: process.env,
      up: (from, to) => [...run, 'copy', from, `${remote}:${to}`],
      down: (from, to) => [...run, 'copy', `${remote}:${from}`, to],
      sync: (from, to) => [...run, 'sync', from, `${remote}:${to}`],
      upFile: (from, to) => [...run, 'copyto', '--ignore-times', from, `${remote}:${to}`],
      downFile: (from, to) => [...run, 'copyto', '--ignore-times', `${remote}:${from}`, to],
      close,
    }
  }
  return [store('crypt-folder', 'rclone crypt over a folder'), store('crypt-dav', 'rclone crypt over WebDAV')]
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** @param {number} port */
async function answers(port) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/`)
      return
    } catch {
      await wait(50)
    }
  }
  throw new Error('rclone serve webdav does not answer')
}
