import { ServiceError } from 'osscrypt'

/** Whether OSS refused to change an object, as a retention policy (WORM) or a legal hold keeps it. */
export function isImmutable(error: unknown): boolean {
  return error instanceof ServiceError && error.serviceCode === 'FileImmutable'
}

/** What was staged cannot be deleted: the bucket has a retention policy, and every object would leave a copy there that is paid for until it ends. */
export class StagedImmutableError extends Error {
  override readonly name = 'StagedImmutableError'

  constructor(staged: string) {
    super(
      `the bucket keeps all that is stored in it (a retention policy), what was staged, too: ${staged} cannot be deleted yet`,
    )
  }
}
