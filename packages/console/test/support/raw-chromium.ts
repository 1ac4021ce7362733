import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Chromium, by its protocol alone. With the domain `Network`, which Playwright turns on, the browser keeps the body of every request. */
export interface RawChromium {
  send<Result>(method: string, parameters?: object, sessionId?: string): Promise<Result>
  close(): Promise<void>
}

export function openRawChromium(path: string, folder: string): RawChromium {
  const child = spawn(
    path,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-sync',
      '--disable-background-networking',
      `--user-data-dir=${folder}`,
      '--remote-debugging-pipe',
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  let rest = ''
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (rest + chunk).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message) as { id?: number; result?: never; error?: { message: string } }
      const asked = id === undefined ? undefined : waiting.get(id)
      if (id === undefined || !asked) continue
      waiting.delete(id)
      if (error) asked.reject(new Error(error.message))
      else asked.resolve(result as never)
    }
  })
  let last = 0
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, { resolve, reject })
        input.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`)
      }),
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}
