/** The formats that objects are written in. `gcm` stands for all algorithms of the vendor's SDKs. */
export const WRITTEN_FORMATS = ['gcm', 'floe'] as const

/** The formats that objects are read in; `oss-sdk-ctr` is what the OSS SDKs' own encryption writes, which is read only where `allowLegacyFormats` says so. */
export const FORMATS = [...WRITTEN_FORMATS, 'oss-sdk-ctr'] as const

/** A format that objects are written in. */
export type WrittenFormatName = (typeof WRITTEN_FORMATS)[number]

/** A format that objects are read in. */
export type FormatName = (typeof FORMATS)[number]
