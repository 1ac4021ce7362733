/** The formats that objects are written in where nothing else is asked for by name. `gcm` stands for all algorithms of the vendor's SDKs. */
export const WRITTEN_FORMATS = ['gcm', 'floe'] as const

/**
 * The formats that objects are read in. `oss-sdk-ctr` is what the OSS SDKs' own encryption writes, which is read only where `allowLegacyFormats` says so;
 * `message-body` a message of the Encryption SDK that is all of an object's body.
 */
export const FORMATS = [...WRITTEN_FORMATS, 'message-body', 'oss-sdk-ctr'] as const

/** A format in which everything can be verified, and whose envelope can be replaced. */
export type WrittenFormatName = (typeof WRITTEN_FORMATS)[number]

/** A format that objects are read in, and written in where it is asked for. */
export type FormatName = (typeof FORMATS)[number]

/** The options of writing that go with one format only. */
const OWN_OPTIONS = {
  segmentLength: 'floe',
  messageForm: 'message-body',
  writeWithoutIntegrity: 'oss-sdk-ctr',
} as const

/** @throws TypeError for an option that goes with another format. */
export function refuseOthersOptions(
  format: FormatName,
  options: { readonly [Option in keyof typeof OWN_OPTIONS]?: unknown },
): void {
  for (const [option, owner] of Object.entries(OWN_OPTIONS)) {
    const given = options[option as keyof typeof OWN_OPTIONS]
    const isDeclined = option === 'writeWithoutIntegrity' && given === false
    if (owner !== format && given !== undefined && !isDeclined)
      throw new TypeError(`\`${option}\` goes with the format \`${owner}\``)
  }
}
