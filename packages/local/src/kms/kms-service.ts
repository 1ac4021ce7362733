import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSocketEffect, playFault } from '../faults/play-fault.js'
import { readBody } from '../http/read-body.js'
import type { LocalService, ServiceOptions } from '../http/service.js'
import { errorBody, sendJson } from './answer.js'
import { endDryRun, isDryRun } from './dry-run.js'
import { faultAnswer } from './fault-answer.js'
import { KeyStore } from './key-store.js'
import { KmsError } from './kms-error.js'
import type { Operation, OperationAnswer } from './operation.js'
import { operations } from './operations.js'
import { type KmsAccessKey, Permissions } from './permissions.js'
import { regionOf } from './region.js'
import { type RpcRequest, completeRequest, readHead } from './rpc-request.js'
import { SecretStore } from './secret-store.js'
import { Nonces } from './signature/nonces.js'
import { verifySignature } from './signature/verify-signature.js'

/** What a local KMS is made from. */
export interface KmsServiceOptions extends ServiceOptions {
  readonly accessKeys: readonly KmsAccessKey[]
  readonly accountId: string
  /** The region of requests that name none. */
  readonly defaultRegion: string
  /** KMS instances that keys can be created in; none when left out. */
  readonly instanceIds?: readonly string[]
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

/** The longest body that is read; no operation's parameters come near it. */
const maxBodyLength = 1024 * 1024

/** @throws {LocalCloudError} `STATE_UNREADABLE` */
export function createKmsService(options: KmsServiceOptions): KmsService {
  const keys = new KeyStore(options.folder)
  const secrets = new SecretStore(options.folder)
  const permissions = new Permissions()
  const nonces = new Nonces()

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
      return operation.execute({ keys, secrets, permissions, accountId, region, gateway, instanceIds, now }, parameters)
    }
    return isDryRun(operation, parameters) ? endDryRun(run) : run()
  }

  const answer = (operation: Operation, request: RpcRequest, gateway: string | undefined): Promise<OperationAnswer> => {
    const accessKey = verifySignature(request, { accessKeys: options.accessKeys, nonces, now: options.now() })
    if (gateway !== undefined && !operation.onInstance) throw new KmsError('UnsupportedOperation')
    const parameters = new Map([...request.query, ...request.form])
    return carryOut(operation, parameters, { gateway, host: request.headers.get('host')?.[0], accessKey })
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse, gateway?: string): Promise<void> => {
    const requestId = randomUUID()
    const fail = (status: number, code: string, message: string): void => {
      sendJson(response, status, requestId, errorBody(requestId, incoming.headers.host, code, message))
    }
    /** Notes the request and plays its fault. True when that answered it. */
    const begin = async (operation: Operation): Promise<boolean> => {
      options.onRequest?.({ operation: operation.name, method: incoming.method ?? '', url: incoming.url ?? '' })
      const effect = options.faults.take('kms', operation.name)
      if (effect === undefined) return false
      if (isSocketEffect(effect)) return (await playFault(effect, incoming, response)) === 'answered'
      const told = faultAnswer(effect)
      if (told !== undefined) fail(told.status, told.code, told.message)
      return told !== undefined
    }
    try {
      const head = readHead(incoming)
      // Faults on the way of the body have to be set up before it is read; an action in the body is known only after.
      const early = head.action === undefined ? undefined : findOperation(head.action)
      if (early !== undefined && (await begin(early))) return
      const body = await readBody(incoming, maxBodyLength)
      if (body === null) {
        response.setHeader('connection', 'close')
        throw new KmsError('RequestEntityTooLarge')
      }
      const request = completeRequest(head, body)
      const operation = early ?? findOperation(request.action)
      if (early === undefined && (await begin(operation))) return
      sendJson(response, 200, requestId, { RequestId: requestId, ...(await answer(operation, request, gateway)) })
    } catch (error) {
      if (response.headersSent || response.destroyed || incoming.socket.destroyed) response.destroy()
      else if (error instanceof KmsError) fail(error.status, error.code, error.message)
      else fail(500, 'InternalFailure', 'Internal Failure')
    }
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
  if (operation === undefined) throw new KmsError('InvalidAction.NotFound')
  return operation
}
