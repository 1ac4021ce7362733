import type { UnverifiedEnvelope } from './envelope.js'
import { floeFormat } from './floe/floe-format.js'
import type { FormatName } from './format-name.js'
import { gcmFormat } from './gcm/gcm-format.js'
import type { ObjectFormat, WritableFormat } from './object-format.js'

/** What a format is told from others by. */
export interface KnownFormat {
  readonly name: FormatName
  /** Whether a reader has to ask for it by name (`allowLegacyFormats`): nothing of such an object, its envelope included, can be verified. */
  readonly legacy: boolean
}

interface FormatEntry extends KnownFormat {
  /** Whether a body that is opened by this is of this format. */
  holds(envelope: UnverifiedEnvelope): boolean
  load(): Promise<WritableFormat>
}

/** Every format that there is. What is not `gcm` or `floe` is loaded when it is met or written: bundlers split it off. */
const formats: readonly FormatEntry[] = [
  {
    name: 'gcm',
    legacy: false,
    holds: ({ kind, header }) => kind === 'form-3' && header.algorithm.mode !== 'FLOE',
    load: () => Promise.resolve(gcmFormat),
  },
  {
    name: 'floe',
    legacy: false,
    holds: ({ kind, header }) => kind === 'form-3' && header.algorithm.mode === 'FLOE',
    load: () => Promise.resolve(floeFormat),
  },
  {
    name: 'message-body',
    legacy: false,
    holds: ({ kind }) => kind === 'body',
    load: async () => (await import('./message-body/message-body-format.js')).messageBodyFormat,
  },
  {
    name: 'oss-sdk-ctr',
    legacy: true,
    holds: ({ kind }) => kind === 'oss-sdk',
    load: async () => (await import('./oss-sdk-ctr/oss-sdk-ctr-format.js')).ossSdkCtrFormat,
  },
]

/** Which format a body has that is opened by an envelope. */
export function identifyFormat(envelope: UnverifiedEnvelope): KnownFormat {
  return entryOf(envelope)
}

/** The format of a body that is opened by an envelope. */
export function loadFormat(envelope: UnverifiedEnvelope): Promise<ObjectFormat> {
  return entryOf(envelope).load()
}

/**
 * The format of a name that a writer gave.
 *
 * @throws TypeError when there is none.
 */
export async function loadWritableFormat(name: string): Promise<WritableFormat> {
  const format = formats.find((each) => each.name === name)
  if (!format) throw new TypeError(`\`format\` is one of ${formats.map((each) => each.name).join(', ')}`)
  return format.load()
}

function entryOf(envelope: UnverifiedEnvelope): FormatEntry {
  const format = formats.find((each) => each.holds(envelope))
  if (!format) throw new TypeError(`no format for ${envelope.header.algorithm.name}`)
  return format
}
