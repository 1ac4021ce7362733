import { algorithmByName } from '../../crypto/algorithm.js'
import { DEFAULT_SEGMENT_LENGTH, FLOE_HEADER_LENGTH } from '../../floe/parameters.js'
import { refuseOthersOptions } from '../format-name.js'
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
  isBare: false,
  envelopeIn: 'metadata',
  segmentLength: DEFAULT_SEGMENT_LENGTH,
  choose: (options) => {
    refuseOthersOptions('floe', options)
    const { algorithm = 'FLOE' } = options
    if (algorithm !== 'FLOE')
      throw new TypeError('`format` is `gcm`, with any algorithm of the SDK, or `floe`, with none')
    return algorithmByName(algorithm)
  },
  integrity: () => 'segments',
  placeholderMetadata: ({ header }) => encodeEnvelopeHeaders({ header, iv: NONE, authTag: NONE }),
  prefaceOf: begunHeader,
  seal: sealFloe,
  layout: ({ header }, preface, totalLength) => new FloeLayout(header, preface, totalLength),
}
