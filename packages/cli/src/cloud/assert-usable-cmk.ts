import { ServiceError } from 'osscrypt'
import { CommandError } from '../command-error.js'
import { askKms } from './ask-kms.js'
import type { Session } from './session.js'

/** Finds out before the first object what would go wrong with all. Who may not ask about a CMK may still be allowed to use it. */
export async function assertUsableCmk(session: Session, arn: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await askKms(session, arn.split(':')[2], 'DescribeKey', { KeyId: arn }, signal)
    const { KeyState: state } = answer['KeyMetadata'] as { readonly KeyState?: unknown }
    if (state !== 'Enabled') {
      throw new CommandError(
        'denied',
        'KeyDisabled',
        `${arn} is ${String(state)}`,
        'enable it, or cancel its deletion, in KMS',
      )
    }
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
  }
}

/** The same for all that is written under. @throws CommandError also when there is nothing to write under. */
export async function assertWritable(session: Session, signal: AbortSignal): Promise<void> {
  const keys = session.dataKeys.requireKey()
  const arns = 'cmkArns' in keys ? (keys.cmkArns ?? []) : []
  // RSA keys are at hand, and no CMKs.
  for (const arn of arns) if (!arn.startsWith('rsa:')) await assertUsableCmk(session, arn, signal)
}
