import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleCloud } from '../console-cloud.js'
import { PAGE_HEADERS } from '../page-headers.js'
import { checkBucketCors } from './check-bucket-cors.js'
import { describeObjects } from './describe-objects.js'
import { listObjects } from './list-objects.js'
import type { ConsoleApi } from './messages.js'
import { readJson } from './read-json.js'
import { rewrapObject } from './rewrap-object.js'
import { toApiError } from './to-api-error.js'

type Answers = {
  readonly [Name in keyof ConsoleApi]: (
    cloud: ConsoleCloud,
    question: Partial<Record<string, unknown>>,
    signal: AbortSignal,
  ) => Promise<ConsoleApi[Name]['answer']>
}

const answers: Answers = {
  session: async (cloud, _question, signal) => ({
    region: cloud.region,
    isLocal: cloud.isLocal,
    cmks: cloud.cmks,
    format: cloud.format,
    buckets: await cloud.listBuckets(signal),
  }),
  list: listObjects,
  describe: describeObjects,
  rewrap: rewrapObject,
  cors: checkBucketCors,
}

/** Answers a question of the page, which has shown its token. */
export async function answerQuestion(
  cloud: ConsoleCloud,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const question = await readJson(request)
  // What was not read is not going to be.
  if (!request.complete) response.setHeader('connection', 'close')
  if (!question || !Object.hasOwn(answers, name)) {
    reply(response, 400, { code: 'BadRequest' })
    return
  }
  try {
    reply(response, 200, await answers[name as keyof ConsoleApi](cloud, question, gone.signal))
  } catch (error) {
    const failure = toApiError(error)
    reply(response, failure.code === 'BadRequest' ? 400 : 502, failure)
  }
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'application/json' })
  response.end(JSON.stringify(content))
}
