import { KeyError, OsscryptError, ServiceError } from '../errors.js'
import { mayPass } from '../keys/envelope.js'
import { linkAbort } from '../retry/linked-abort.js'
import { abortable } from '../retry/retry.js'
import { answerDataKey } from './answer-data-key.js'
import { authorizeQuestion } from './authorize-question.js'
import { BROKER_HEADER, BROKER_VERSION } from './broker-messages.js'
import {
  brokerSettings,
  type BrokerAuditRecord,
  type BrokerSettings,
  type CreateBrokerOptions,
} from './broker-options.js'
import { BrokerRefusal } from './broker-refusal.js'
import { chooseProvider } from './choose-provider.js'
import { readQuestion, type ReadQuestion } from './read-question.js'
import { Replies } from './reply.js'
import { signQuestion } from './sign-question.js'
import { Turns } from './turns.js'

type Facts = Partial<Omit<BrokerAuditRecord, 'time' | 'status' | 'reason'>>

/**
 * The endpoint of an application's own backend that pages ask for data keys and signed URLs: a handler of web requests. Credentials stay here.
 * It decides by what the application says and by what is configured, never by what a page says about itself.
 *
 * @throws TypeError, RangeError for options that cannot be.
 */
export function createBroker(options: CreateBrokerOptions): (request: Request) => Promise<Response> {
  const settings = brokerSettings(options)
  const replies = new Replies(settings)
  const answer = answering(settings, replies)
  return async (request) => {
    if (request.method === 'OPTIONS' && replies.isFromPage(request)) return replies.preflight(request)
    return answer(request)
  }
}

function answering(settings: BrokerSettings, replies: Replies) {
  const { timeoutMs, audit, onError } = settings
  // Of what has been read. Who only pretends to send something takes nobody's turn.
  const turns = new Turns(settings.maxConcurrent)

  /** Runs `work` for so long as a question may take. */
  const limited = async <Result>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result> | Result,
  ): Promise<Result> => {
    const link = linkAbort(signal)
    const timer = setTimeout(() => {
      link.abort(new BrokerRefusal('timeout'))
    }, timeoutMs)
    try {
      link.signal.throwIfAborted()
      return await abortable(Promise.resolve(work(link.signal)), link.signal)
    } catch (error) {
      throw signal?.aborted ? new BrokerRefusal('aborted') : error
    } finally {
      clearTimeout(timer)
      link.release()
    }
  }

  return async (request: Request): Promise<Response> => {
    const facts: { -readonly [Name in keyof Facts]: Facts[Name] } = {}
    let refusal: BrokerRefusal
    try {
      return await limited(request.signal, async (signal) => {
        requirePage(request, replies)
        const read = await readQuestion(request)
        const content = await turns.take(signal, () => answerQuestion(request, read, facts, settings, turns, signal))
        await audit(recordOf(facts, undefined))
        return replies.answer(request, content)
      })
    } catch (error) {
      refusal = refusalFor(error)
      if (error !== refusal) report(onError, error)
    }
    // What is refused stays refused, whether or not it could be written down.
    await limited(undefined, () => audit(recordOf(facts, refusal))).catch((error: unknown) => {
      report(onError, error)
    })
    return replies.refusal(request, refusal)
  }
}

/** A form cannot send this type and this header, and another origin's script not without a preflight. */
function requirePage(request: Request, replies: Replies): void {
  if (!replies.isFromPage(request)) throw new BrokerRefusal('origin')
  if (request.method !== 'POST') throw new BrokerRefusal('request', 405)
  if (!/^application\/json(;|$)/i.test(request.headers.get('content-type') ?? ''))
    throw new BrokerRefusal('request', 415)
  if (request.headers.get(BROKER_HEADER) !== BROKER_VERSION) throw new BrokerRefusal('request')
}

/** @param facts Gets what is known of the question, as it becomes known. */
async function answerQuestion(
  request: Request,
  { question, bytes }: ReadQuestion,
  facts: { -readonly [Name in keyof Facts]: Facts[Name] },
  settings: BrokerSettings,
  turns: Turns,
  signal: AbortSignal,
): Promise<object> {
  const authorized = await authorizeQuestion(request, question, settings, (known) => Object.assign(facts, known))
  signal.throwIfAborted()
  return turns.takeFor(authorized.grant.user, signal, async () => {
    if (!authorized.key) return signQuestion(authorized.sign, settings)
    const provider = chooseProvider(settings.dataKeys, authorized.grant)
    const answer = await answerDataKey(authorized.key, bytes, provider, signal)
    facts.cmkArns = answer.encryptedDataKeys.map(({ keyArn }) => keyArn)
    return answer
  })
}

function recordOf(facts: Facts, refusal: BrokerRefusal | undefined): BrokerAuditRecord {
  const { user, operation, name, versionId, source, contentLength, cmkArns } = facts
  const { status = 200, reason } = refusal ?? {}
  const time = new Date().toISOString()
  return { time, user, operation, name, versionId, source, contentLength, cmkArns, status, reason }
}

function refusalFor(error: unknown): BrokerRefusal {
  if (error instanceof BrokerRefusal) return error
  if (!(error instanceof OsscryptError)) return new BrokerRefusal('failure', 500)
  if (error instanceof ServiceError || error instanceof KeyError) {
    if (mayPass(error)) return new BrokerRefusal('failure', error.code === 'Throttled' ? 503 : 502)
  }
  return new BrokerRefusal('key')
}

/** A log that fails is no reason to answer otherwise. */
function report(onError: (error: unknown) => void, error: unknown): void {
  try {
    onError(error)
  } catch {
    // There is nobody left to tell.
  }
}
