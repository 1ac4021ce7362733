/** The formats that objects are written in. */
export const FORMATS = ['gcm', 'floe'] as const

/** The formats that objects are written in. `gcm` stands for all algorithms of the vendor's SDKs. */
export type FormatName = (typeof FORMATS)[number]
