import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { openEnvelope, type DecryptOptions } from '../keys/envelope.js'
import { describeHeader, describeUnverifiedHeader } from '../keys/verified-header.js'
import type { UnverifiedEnvelope } from './envelope.js'
import type { ObjectFormat, ObjectKey } from './object-format.js'

/** What formats whose envelope is the header of a message have in common. */
export const messageKey: Pick<ObjectFormat, 'legacy' | 'describe' | 'openKey'> = {
  legacy: false,
  describe: ({ header }) => describeUnverifiedHeader(header),
  openKey: openMessageKey,
}

async function openMessageKey(
  provider: DataKeyProvider,
  envelope: UnverifiedEnvelope,
  options: DecryptOptions,
  preface: Uint8Array,
): Promise<ObjectKey> {
  const { header, dataKey } = await openEnvelope(provider, envelope.header, options, () => Promise.resolve(preface))
  return { encryption: describeHeader(header), dataKey }
}
