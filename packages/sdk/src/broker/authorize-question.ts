import type { Question, SignQuestion } from './broker-messages.js'
import type { BrokerAuditRecord, BrokerDenial, BrokerGrant, BrokerSettings } from './broker-options.js'
import { BrokerRefusal } from './broker-refusal.js'
import { askedKey, assertGrantedContext, type AskedKey } from './key-question.js'
import { signableRequest, type BrokerOperation } from './operations.js'
import { assertWithinGrant } from './sign-question.js'

/** How far a page's clock may be off, and for how long a question may be on its way. */
const MAX_SKEW_MS = 5 * 60_000

/** How far the clocks are apart of several processes and of the replay store that they share. */
const CLOCKS_APART_MS = 60_000

/** What may be answered. */
export type AuthorizedQuestion = { readonly grant: BrokerGrant } & (
  { readonly key: AskedKey; readonly sign?: undefined } | { readonly sign: SignQuestion; readonly key?: undefined }
)

/**
 * Has the application say who asks and what he may do, and holds the question against it.
 *
 * @param note Is told what is known of the question, as it becomes known.
 * @throws BrokerRefusal; what the application throws.
 */
export async function authorizeQuestion(
  request: Request,
  question: Question,
  { authorize, rates, replays }: BrokerSettings,
  note: (known: Partial<BrokerAuditRecord>) => void,
): Promise<AuthorizedQuestion> {
  const asked = question.kind === 'sign' ? signableRequest(question) : await askedKey(question)
  const { operation, action, name } = asked
  const copySource = 'copySource' in asked ? asked.copySource : undefined
  note({ operation, name: action === 'readUnbound' ? undefined : name, source: copySource?.name })
  if (question.kind === 'sign') note({ versionId: versionOf(question), contentLength: question.contentLength })

  const given = await authorize(request, action, name, operation)
  const user = userOf(given)
  note({ user })
  if (user !== undefined && !(await rates.take(user))) throw new BrokerRefusal('rate')
  const grant = requireGrant(given)
  assertGrantedOperation(grant, operation)
  // What somebody may look at and not read is not his to copy to where he may.
  if (copySource) {
    assertGrantedOperation(requireGrant(await authorize(request, 'read', copySource.name, operation)), operation)
  }
  if ('encryptionContext' in asked) assertGrantedContext(asked.encryptionContext, grant)
  if (question.kind === 'sign') assertWithinGrant(question, grant)

  // A question is refused for its age before it is forgotten.
  const { nonce, timeMs } = question
  if (Math.abs(Date.now() - timeMs) > MAX_SKEW_MS) throw new BrokerRefusal('clock')
  if (!(await replays.take(grant.user, nonce, timeMs + MAX_SKEW_MS + CLOCKS_APART_MS)))
    throw new BrokerRefusal('replay')
  return question.kind === 'sign' ? { grant, sign: question } : { grant, key: asked as AskedKey }
}

function userOf(given: BrokerGrant | BrokerDenial | null): string | undefined {
  if (!given) return undefined
  const { user }: { user: unknown } = given
  if (typeof user === 'string' && user !== '') return user
  throw new TypeError('`authorize` gave no `user`')
}

function requireGrant(given: BrokerGrant | BrokerDenial | null): BrokerGrant {
  if (!given || given.denied === true) throw new BrokerRefusal('denied')
  return given
}

function assertGrantedOperation({ operations }: BrokerGrant, operation: BrokerOperation): void {
  if (operations && !operations.includes(operation)) throw new BrokerRefusal('grant')
}

function versionOf({ query, copySource }: SignQuestion): string | undefined {
  return copySource ? copySource.versionId : query['versionId']
}
