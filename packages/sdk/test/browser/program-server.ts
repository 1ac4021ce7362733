import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a program asks of its own server: a JSON value each way. */
export type Answers = Readonly<Record<string, (asked: never) => unknown>>

/** Results by the names of the cases: `passed`, or what went wrong. */
export type Results = Readonly<Record<string, string>>

/** A program's server, and what the program says came of it; see `report.mjs`. */
export interface ProgramServer {
  readonly origin: string
  readonly reported: Promise<Results>
  /** Whoever waits for results gets none. */
  readonly giveUp: (reason: Error) => void
  readonly close: () => void
}

/** Starts a server for one program, which answers it and hands out its files. */
export async function serveProgram(
  answers: Answers,
  readFile?: (path: string) => Promise<{ readonly type: string; readonly body: string | Buffer }>,
): Promise<ProgramServer> {
  let report: (results: Results) => void = () => undefined
  let giveUp: (reason: Error) => void = () => undefined
  const reported = new Promise<Results>((resolve, reject) => {
    report = resolve
    giveUp = reject
  })
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://program').pathname
    respond(path, request).then(
      ({ type, body }) => response.setHeader('content-type', type).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  const respond = async (path: string, request: IncomingMessage) => {
    if (path === '/results') {
      report(JSON.parse(await text(request)) as Results)
      return { type: 'text/plain', body: '' }
    }
    const answer = answers[path.slice(1)]
    if (answer) {
      const body = JSON.stringify((await answer(JSON.parse(await text(request)) as never)) ?? null)
      return { type: 'application/json', body }
    }
    if (!readFile) throw new Error('there are no files')
    return readFile(path)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
  }
  return { origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, reported, giveUp, close }
}
