import { ServiceError } from 'osscrypt'

/** Whether OSS refused to change an object, as a retention policy (WORM) or a legal hold keeps it. */
export function isImmutable(error: unknown): boolean {
  return error instanceof ServiceError && error.serviceCode === 'FileImmutable'
}
