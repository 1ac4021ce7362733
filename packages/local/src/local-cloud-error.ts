/**
 * What kept the local cloud from starting, by what the caller can do about it:
 * `FOLDER_LOCKED` (another running cloud has the folder: stop it or take another folder), `FOLDER_NOT_OWN` (the folder is another user's, or
 * others may write into it: take another folder, or close it to them), `PORT_TAKEN` (take another port),
 * `STATE_UNREADABLE` (a file in the folder is damaged or may not be read: the message names it).
 */
export type LocalCloudErrorCode = 'FOLDER_LOCKED' | 'FOLDER_NOT_OWN' | 'PORT_TAKEN' | 'STATE_UNREADABLE'

/** The local cloud cannot start, or cannot read what it kept. The message is one line that a user can act on. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError'
  readonly code: LocalCloudErrorCode

  constructor(code: LocalCloudErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
