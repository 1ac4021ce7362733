/** The formats that objects are written in where nothing else is asked for by name. `gcm` stands for all algorithms of the vendor's SDKs. */
export const WRITTEN_FORMATS = ['gcm', 'floe'] as const

/** The formats that objects are read in; `oss-sdk-ctr` is what the OSS SDKs' own encryption writes, which is read only where `allowLegacyFormats` says so. */
export const FORMATS = [...WRITTEN_FORMATS, 'oss-sdk-ctr'] as const

/** A format in which everything can be verified. */
export type WrittenFormatName = (typeof WRITTEN_FORMATS)[number]

/** A format that objects are read in. */
export type FormatName = (typeof FORMATS)[number]

/** @throws TypeError for an option that allows what the format does not do. */
export function refuseUnverifiable({
  writeWithoutIntegrity,
}: {
  readonly writeWithoutIntegrity?: boolean | undefined
}): void {
  if (writeWithoutIntegrity) throw new TypeError('`writeWithoutIntegrity` goes with the format `oss-sdk-ctr`')
}
