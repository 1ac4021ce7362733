import type { KeyStore } from './key-store.js'
import { type ParameterSet, type ValuesOf, readParameters } from './parameters.js'
import type { Permissions } from './permissions.js'
import type { SecretStore } from './secret-store.js'

/** What an operation works with. */
export interface OperationContext {
  readonly keys: KeyStore
  readonly secrets: SecretStore
  readonly permissions: Permissions
  readonly accountId: string
  /** The region that the request is for; see region.ts. */
  readonly region: string
  /** The KMS instance whose gateway the request came through; undefined for the shared gateway. */
  readonly gateway: string | undefined
  /** The KMS instances that keys can be created in. */
  readonly instanceIds: readonly string[]
  /** Milliseconds since the epoch; one value for the whole operation. */
  readonly now: number
}

/** What an operation answers, without the RequestId. */
export type OperationAnswer = Readonly<Record<string, unknown>>

/** An operation of the KMS API, ready to be carried out. */
export interface Operation {
  readonly name: string
  /** Whether the gateway of a KMS instance has it too; the shared gateway has all. */
  readonly onInstance: boolean
  /** Whether it has the parameter DryRun. Such an operation changes nothing. */
  readonly canDryRun: boolean
  readonly execute: (context: OperationContext, parameters: ReadonlyMap<string, string>) => Promise<OperationAnswer>
}

/** Makes an operation from its declaration: a name, parameters in the order of their checks, and what it does. */
export function defineOperation<const P extends ParameterSet>(declaration: {
  readonly name: string
  readonly parameters: P
  readonly onInstance?: boolean
  readonly canDryRun?: boolean
  readonly run: (context: OperationContext, values: ValuesOf<P>) => OperationAnswer | Promise<OperationAnswer>
}): Operation {
  const { name, parameters, onInstance = false, canDryRun = false, run } = declaration
  const execute: Operation['execute'] = async (context, given) => run(context, readParameters(parameters, given))
  return { name, onInstance, canDryRun, execute }
}
