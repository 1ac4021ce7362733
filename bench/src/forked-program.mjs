import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROCESSOR_TIME = 'processor time'

/**
 * A program that runs in a process of its own.
 *
 * @typedef {{
 *   started: any
 *   ask: (question?: any) => Promise<any>
 *   readProcessorMs: () => Promise<number>
 *   close: () => Promise<void>
 * }} ForkedProgram `started`: what it said when it was ready; `ask`: what it answers then, one question at a time; `readProcessorMs`: how long it
 *   has kept processors busy.
 */

/**
 * Runs a module of this folder, with its {@link serveParent}.
 *
 * @param {string} moduleUrl
 * @param {object} options plain data
 * @param {NodeJS.ProcessEnv} [env] what is added to the environment
 * @returns {Promise<ForkedProgram>}
 */
export async function forkProgram(moduleUrl, options, env = {}) {
  const path = fileURLToPath(moduleUrl)
  // What the parent was started with, such as a way to collect garbage, is not the program's.
  const child = fork(path, [JSON.stringify(options)], {
    execArgv: [],
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit')
  const answer = async () => {
    const [message] = await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`${path} ended with ${code}`))),
    ])
    return message
  }
  const ask = (/** @type {any} */ question = '') => {
    child.send(question)
    return answer()
  }
  return {
    started: await answer(),
    ask,
    readProcessorMs: () => ask(PROCESSOR_TIME),
    close: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/**
 * The other side of {@link forkProgram}: starts, answers, and closes when the parent lets go or is gone.
 *
 * @template Options
 * @param {string} moduleUrl Of a module that is imported, too: nothing happens then.
 * @param {(options: Options) => Promise<{
 *   started: object
 *   answer: (question: any) => object | Promise<object>
 *   close: () => void
 * }>} start
 */
export async function serveParent(moduleUrl, start) {
  const [, script, options = '{}'] = process.argv
  if (script !== fileURLToPath(moduleUrl)) return
  const { started, answer, close } = await start(JSON.parse(options))
  const reply = async (/** @type {unknown} */ question) =>
    process.send?.(question === PROCESSOR_TIME ? readProcessorMs() : await answer(question))
  process.on('message', (question) => void reply(question))
  process.once('disconnect', close)
  process.send?.(started)
}

/**
 * Listens on 127.0.0.1.
 *
 * @param {import('node:http').Server} server
 * @returns {Promise<{ url: string; close: () => void }>}
 */
export async function listenLocally(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

/** How long this process has kept processors busy. */
export function readProcessorMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
