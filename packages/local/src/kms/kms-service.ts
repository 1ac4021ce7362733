import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LocalService, ServiceOptions } from '../http/service.js'
import { unknownActionText } from '../rpc/rpc-error.js'
import { type RpcService, answerRpc } from '../rpc/rpc-exchange.js'
import type { RpcRequest } from '../rpc/rpc-request.js'
import { Nonces } from '../rpc/signature/nonces.js'
import { verifySignature } from '../rpc/signature/verify-signature.js'
import { endDryRun, isDryRun } from './dry-run.js'
import { KeyStore } from './key-store.js'
import { KmsError, kmsErrors } from './kms-error.js'
import type { Operation, OperationAnswer } from './operation.js'
import { operations } from './operations.js'
import { type KmsAccessKey, Permissions } from './permissions.js'
import { Quotas } from './quotas.js'
import { regionOf } from './region.js'
import { SecretStore } from './secret-store.js'

/** What a local KMS is made from. */
export interface KmsServiceOptions extends ServiceOptions {
  readonly accessKeys: readonly KmsAccessKey[]
  readonly accountId: string
  /** The region of requests that name none. */
  readonly defaultRegion: string
  /** KMS instances that keys can be created in; none when left out. */
  readonly instanceIds?: readonly string[]
  /** Whether the shared gateway throttles. */
  readonly quotas?: boolean
}

/** A local KMS. Its `handle` is the shared gateway. */
export interface KmsService extends LocalService {
  readonly permissions: Permissions
  /** The gateway of a KMS instance: it serves the keys of the instance, and fewer operations. */
  handleOnInstance(instanceId: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  /**
   * Carries out an operation without a request: no signature, no faults, no recording. The region is found as for a request
   * that has no Host.
   *
   * @throws {KmsError} as the service would answer.
   */
  execute(operation: string, parameters: Readonly<Record<string, string>>): Promise<OperationAnswer>
}

/** Who sent a request, and where to. */
interface Sender {
  readonly accessKey?: KmsAccessKey
  /** The header Host. */
  readonly host?: string | undefined
  /** The KMS instance whose gateway it came to. */
  readonly gateway?: string | undefined
}

const rpcService: RpcService<Operation> = {
  name: 'kms',
  product: 'Kms',
  apiVersion: '2016-01-20',
  operations,
  faultWords: {
    errors: kmsErrors,
    usualCodes: {
      403: 'Forbidden.NoPermission',
      404: 'Forbidden.KeyNotFound',
      409: 'Rejected.Disabled',
      429: 'Rejected.Throttling',
      503: 'ServiceUnavailableTemporary',
    },
    internalCode: 'InternalFailure',
  },
}

/** @throws {LocalCloudError} `STATE_UNREADABLE` */
export function createKmsService(options: KmsServiceOptions): KmsService {
  const keys = new KeyStore(options.folder)
  const secrets = new SecretStore(options.folder)
  const permissions = new Permissions()
  const nonces = new Nonces()
  const quotas = options.quotas === true ? new Quotas() : undefined

  const carryOut = async (
    operation: Operation,
    parameters: ReadonlyMap<string, string>,
    { accessKey, host, gateway }: Sender = {},
  ): Promise<OperationAnswer> => {
    const { accountId, instanceIds = [] } = options
    const now = options.now()
    keys.deleteDue(now)
    secrets.deleteDue(now)
    const run = async (): Promise<OperationAnswer> => {
      if (accessKey !== undefined) permissions.checkOperation(accessKey, operation.name)
      const region = regionOf(host, parameters, keys, options.defaultRegion)
      if (accessKey !== undefined && gateway === undefined) quotas?.count(region, operation.name, now)
      return operation.execute({ keys, secrets, permissions, accountId, region, gateway, instanceIds, now }, parameters)
    }
    return isDryRun(operation, parameters) ? endDryRun(run) : run()
  }

  const handle = (incoming: IncomingMessage, response: ServerResponse, gateway?: string): Promise<void> => {
    const answer = async (operation: Operation, request: RpcRequest): Promise<OperationAnswer> => {
      const accessKey = verifySignature(request, { accessKeys: options.accessKeys, nonces, now: options.now() })
      if (gateway !== undefined && !operation.onInstance) throw new KmsError('UnsupportedOperation')
      const parameters = new Map([...request.query, ...request.form])
      return carryOut(operation, parameters, { gateway, host: request.headers.get('host')?.[0], accessKey })
    }
    return answerRpc(rpcService, { options, answer }, incoming, response)
  }

  return {
    permissions,
    handle: (request, response) => handle(request, response),
    handleOnInstance: (instanceId, request, response) => handle(request, response, instanceId),
    execute: async (name, given) => carryOut(findOperation(name), new Map(Object.entries(given))),
    close: () => Promise.resolve(),
  }
}

function findOperation(name: string): Operation {
  const operation = operations.get(name)
  if (operation === undefined) throw new KmsError('InvalidAction.NotFound', unknownActionText(rpcService.product, name))
  return operation
}
