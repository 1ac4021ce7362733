import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

export function isRedisInstalled() {
  return spawnSync('redis-server', ['--version']).status === 0
}

/**
 * Starts a Redis of its own on a free port of 127.0.0.1, which keeps nothing on disk.
 *
 * @param {string} folder
 * @returns {Promise<{ url: string; close: () => Promise<void> }>}
 */
export async function startRedis(folder) {
  const finder = createServer().listen(0, '127.0.0.1')
  await once(finder, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (finder.address())
  finder.close()
  await once(finder, 'close')
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 2] })
  const ended = once(server, 'exit')
  let said = ''
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (/** @type {Buffer} */ bytes) => {
      said += bytes.toString()
      if (said.includes('Ready to accept connections')) resolve(undefined)
    })
    void ended.then(() => reject(new Error(`redis-server ended: ${said}`)))
  })
  const close = async () => {
    server.kill()
    await ended
  }
  return { url: `redis://127.0.0.1:${port}`, close }
}
