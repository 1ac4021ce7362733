import { boundKey } from '../format/binding.js'
import type { DataKeyQuestion, SignQuestion } from './broker-messages.js'

/** The object that a question is about: a data key belongs to the one that its context is bound to, which KMS checks. */
export function namedObject(question: DataKeyQuestion | SignQuestion): string | undefined {
  return question.kind === 'sign' ? question.name : boundKey(question.encryptionContext)
}
