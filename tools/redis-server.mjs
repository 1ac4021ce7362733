// A Redis for tests and benchmarks.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = process.env['OSSCRYPT_REDIS_SERVER'] ?? 'redis-server'

/** Whether there is one: Debian's `redis-server`, or what the variable names, such as `valkey-server`. */
export function isRedisInstalled() {
  return spawnSync(program, ['--version']).status === 0
}

/**
 * Starts a Redis on a free port of 127.0.0.1, which keeps nothing.
 *
 * @param {readonly string[]} [options] further arguments, with `PORT` in place of the port, and `FOLDER` of a folder of its own
 * @returns {Promise<{ url: string; port: number; close: () => Promise<void> }>}
 */
export async function startRedis(options = []) {
  const port = await findFreePort()
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-redis-'))
  const fixed = ['--port', 'PORT', '--bind', '127.0.0.1', '--save', '', '--dir', 'FOLDER']
  const given = [...fixed, ...options].map((text) => text.replace('PORT', String(port)).replace('FOLDER', folder))
  const server = spawn(program, given, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  let said = ''
  const ready = new Promise((resolve) => {
    server.stdout.on('data', (/** @type {Buffer} */ bytes) => {
      said += bytes.toString()
      if (said.includes('Ready to accept connections')) resolve(undefined)
    })
  })
  await Promise.race([ready, ended.then(() => Promise.reject(new Error(`${program} ended: ${said}`)))])
  const close = async () => {
    server.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: `redis://127.0.0.1:${port}`, port, close }
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}
