/** What an action is asked with. */
export interface KmsParameters {
  /** Stand in the URL, which is written down wherever it passes. Those that are undefined are left out. */
  readonly open: Readonly<Record<string, string | undefined>>
  /** UTF-8 texts that stand in the body, as a form. Overwritten when they have been sent, or could not be. */
  readonly secret?: Readonly<Record<string, Uint8Array>>
}
