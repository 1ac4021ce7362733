import { DEFAULT_SEGMENT_LENGTH, FLOE_HEADER_LENGTH } from '../../floe/parameters.js'
import { encodeEnvelopeHeaders } from '../envelope-metadata.js'
import { messageKey } from '../open-message-key.js'
import type { WritableFormat } from '../object-format.js'
import { FloeLayout } from './layout.js'
import { begunHeader, sealFloe } from './seal.js'

const NONE = new Uint8Array(0)

/** A FLOE message as the body; its envelope is the message header alone, which the body commits to, wrapped keys aside. */
export const floeFormat: WritableFormat = {
  ...messageKey,
  name: 'floe',
  prefaceLength: FLOE_HEADER_LENGTH,
  segmentLength: DEFAULT_SEGMENT_LENGTH,
  holds: ({ mode }) => mode === 'FLOE',
  integrity: () => 'segments',
  placeholderMetadata: (header) => encodeEnvelopeHeaders({ header, iv: NONE, authTag: NONE }),
  prefaceOf: begunHeader,
  seal: sealFloe,
  layout: ({ header }, preface, totalLength) => new FloeLayout(header, preface, totalLength),
}
