import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'

/**
 * Seconds from a process's start to its end; what it writes to stdout goes nowhere.
 *
 * @param {readonly string[]} parameters the program and its arguments
 * @param {NodeJS.ProcessEnv} env
 */
export async function timeProcess([program = '', ...parameters], env) {
  const nothing = await open('/dev/null', 'w')
  try {
    const startMs = performance.now()
    const child = spawn(program, parameters, { env, stdio: ['ignore', nothing.fd, 2] })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
    return (performance.now() - startMs) / 1000
  } finally {
    await nothing.close()
  }
}
