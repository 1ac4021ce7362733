import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { createEnvelope, openEnvelope, type DecryptOptions } from '../keys/envelope.js'
import { describeHeader, describeUnverifiedHeader } from '../keys/verified-header.js'
import type { MessageHeader } from '../message/header.js'
import type { SealingKey, WritableFormat } from './object-format.js'

/** What formats whose envelope is the header of a message have in common. */
export const messageKey: Pick<WritableFormat, 'hasContext' | 'describe' | 'openKey' | 'createKey'> = {
  hasContext: true,
  describe: ({ header }) => describeUnverifiedHeader(header),
  openKey: (provider, { header }, options, preface) => openMessageKey(provider, header, options, preface),
  createKey: async (provider, request) => {
    const { header, dataKey } = await createEnvelope(provider, request)
    return { header, dataKey, encryption: describeHeader(header) }
  },
}

/** Gets the data key of a message, and verifies its header; see `openEnvelope`. */
export async function openMessageKey(
  provider: DataKeyProvider,
  unverified: MessageHeader,
  options: DecryptOptions,
  preface: Uint8Array,
): Promise<SealingKey> {
  const { header, dataKey } = await openEnvelope(provider, unverified, options, () => Promise.resolve(preface))
  return { header, dataKey, encryption: describeHeader(header) }
}
