import { chooseAlgorithm } from '../../keys/envelope.js'
import { refuseOthersOptions } from '../format-name.js'
import { gcmFormat } from '../gcm/gcm-format.js'
import type { WritableFormat } from '../object-format.js'
import { messageKey, openMessageKey } from '../open-message-key.js'
import { MessageBodyLayout } from './layout.js'
import { sealMessageBody } from './seal.js'

const NONE = new Uint8Array(0)

/**
 * A whole message of the Encryption SDK (form 1), or a stream (form 2), as the body, and nothing beside it: what the vendor's Python sample stores.
 */
export const messageBodyFormat: WritableFormat = {
  ...messageKey,
  name: 'message-body',
  prefaceLength: 0,
  isBare: false,
  envelopeIn: 'body',
  segmentLength: undefined,
  choose: (options) => {
    refuseOthersOptions('message-body', options)
    const known: unknown = options.messageForm ?? 'message'
    if (known !== 'message' && known !== 'stream') throw new TypeError('`messageForm` is `message` or `stream`')
    return chooseAlgorithm(options)
  },
  integrity: (algorithm) => gcmFormat.integrity(algorithm),
  openKey: (provider, { header }, options) => openMessageKey(provider, header, options, NONE),
  placeholderMetadata: () => ({}),
  prefaceOf: () => NONE,
  seal: sealMessageBody,
  layout: (envelope, _preface, totalLength) => new MessageBodyLayout(envelope, totalLength),
}
