import { KmsError, invalidParameter } from './kms-error.js'
import type { Operation } from './operation.js'
import { flag } from './parameters.js'

/**
 * Tells whether a request only asks what would come of it.
 *
 * @throws {KmsError} `InvalidParameter` for a DryRun that is neither `true` nor `false`; `UnsupportedOperation` where the operation has
 *   no such parameter. The service ignores it there, and does what nobody wanted to be done.
 */
export function isDryRun(operation: Operation, parameters: ReadonlyMap<string, string>): boolean {
  const text = parameters.get('DryRun') ?? ''
  const value = text === '' ? false : flag(text)
  if (value === undefined) throw invalidParameter('DryRun')
  if (value && !operation.canDryRun)
    throw new KmsError('UnsupportedOperation', `${operation.name} has no DryRun, and was not carried out.`)
  return value
}

/**
 * Carries out an operation that changes nothing, for its errors alone. It always ends in one: `DryRunOperationError` where all is well,
 * `ValidationError` for parameters, `AccessDeniedError` for permissions. The reference says no more: that the state of a key is told by
 * the usual code is a guess, and so are the HTTP statuses.
 */
export async function endDryRun(run: () => Promise<unknown>): Promise<never> {
  try {
    await run()
  } catch (error) {
    if (error instanceof KmsError) throw dryRunErrorOf(error)
    throw error
  }
  throw new KmsError('DryRunOperationError')
}

function dryRunErrorOf(error: KmsError): KmsError {
  switch (error.code) {
    case 'InvalidParameter':
    case 'MissingParameter':
      return new KmsError('ValidationError', error.message)
    case 'Forbidden.NoPermission':
      return new KmsError('AccessDeniedError')
    default:
      return error
  }
}
