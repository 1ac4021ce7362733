import type { RequestToSign, SignedRequest } from '../store/presigned/presigned-store.js'
import { ossError } from '../store/store-error.js'
import { BrokerConnection, type BrokerOptions } from './broker-connection.js'
import type { SignAnswer } from './broker-messages.js'

/** The `sign` of a PresignedStore that has its requests signed by a broker (`osscrypt/broker`). */
export function signByBroker(broker: BrokerOptions): (request: RequestToSign) => Promise<SignedRequest> {
  const connection = new BrokerConnection('signByBroker', broker, 'oss')
  return async ({ signal, operation, method, name, query, headers, contentLength, copySource }) => {
    const question = { kind: 'sign', operation, method, name, query, headers, contentLength, copySource } as const
    const { answer } = await connection.ask(question, signal)
    const { url, headers: own } = (answer ?? {}) as Partial<SignAnswer>
    if (typeof url !== 'string') throw ossError(operation, { reason: 'the broker gave no URL', passing: false })
    return { url, headers: own }
  }
}
