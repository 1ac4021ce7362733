import { chooseAlgorithm } from '../../keys/envelope.js'
import { refuseOthersOptions } from '../format-name.js'
import { encodeEnvelopeHeaders } from '../envelope-metadata.js'
import { messageKey } from '../open-message-key.js'
import type { WritableFormat } from '../object-format.js'
import { GcmLayout } from './layout.js'
import { sealGcm } from './seal.js'

/** The vendor's form 3: a bare ciphertext as the body; header, iv and tag beside it. GCM by default, and every other suite of the SDK. */
export const gcmFormat: WritableFormat = {
  ...messageKey,
  name: 'gcm',
  prefaceLength: 0,
  isBare: true,
  envelopeIn: 'metadata',
  segmentLength: undefined,
  choose: (options) => {
    refuseOthersOptions('gcm', options)
    return chooseAlgorithm(options)
  },
  integrity: ({ authenticated }) => (authenticated ? 'whole' : 'none'),
  placeholderMetadata: ({ header }) => {
    const { ivLength, tagLength } = header.algorithm
    return encodeEnvelopeHeaders({ header, iv: new Uint8Array(ivLength), authTag: new Uint8Array(tagLength) })
  },
  prefaceOf: () => new Uint8Array(0),
  seal: sealGcm,
  layout: (envelope, _preface, totalLength) => new GcmLayout(envelope, totalLength),
}
