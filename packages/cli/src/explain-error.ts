import { CommandError } from './command-error.js'
import type { ExitName } from './exit-codes.js'

/** An error as it is shown: what happened and why, what to do, and what the vendor's support asks for. */
export interface Explanation {
  readonly exit: ExitName
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly service: string | undefined
  readonly serviceCode: string | undefined
  readonly requestId: string | undefined
}

type Row = readonly [exit: ExitName, hint?: string]

const CHANGED = 'do not use the object: restore it from elsewhere, and find out who can write to the bucket'
const LATER = 'it was tried several times: try again later; --endpoint and --kms-endpoint say where is asked'
const OBJECT_MEANT = 'it is not the object that was meant; --expected-key names what it was written as'

/** By the codes of the library's errors, and of the file system's. */
const rows: Readonly<Record<string, Row>> = {
  InvalidFormat: ['integrity', 'the envelope is damaged, or the data was never encrypted with this format'],
  UnsupportedVersion: ['integrity', 'it was written by something newer'],
  UnsupportedAlgorithm: ['integrity', 'it was written by something newer'],
  LimitExceeded: ['failure', 'for objects above 64 GiB use --format floe; user metadata ends at 8 KB'],
  IntegrityFailed: ['integrity', CHANGED],
  KeyIdMismatch: ['integrity', CHANGED],
  BindingMismatch: ['integrity', OBJECT_MEANT],
  BindingMissing: ['integrity', 'leave --require-binding out to read objects that the vendor’s SDKs wrote'],
  ContextMismatch: ['integrity', 'compare --required-context with what `osscrypt inspect` shows'],
  NotEncrypted: ['notEncrypted', 'if it is meant to be plain, read it with ossutil; else somebody replaced it'],
  NotAllowed: ['refused', 'an --allow-… option takes the risk; see the command’s --help'],
  NoMatchingKey: ['denied', 'give the CMK that the message names with --cmk, if you trust it'],
  DataKeyUnavailable: ['denied', 'see what each CMK failed with in the message'],
  InvalidDataKey: ['failure', 'the data key provider in use is broken'],
  KeyNotFound: ['denied', 'check the CMK’s ARN and region: `osscrypt keys describe ARN`'],
  KeyDisabled: ['denied', 'enable the CMK, or cancel its deletion, in KMS'],
  WrongContext: ['denied', 'KMS refuses the wrapped key: it, or the encryption context, was changed'],
  AccessDenied: ['denied', 'the access key needs the permissions that the README lists'],
  CredentialsUnavailable: [
    'denied',
    'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure the aliyun CLI',
  ],
  CredentialsExpired: ['denied', 'the STS token has ended: get a new one, and run it again'],
  ClockSkewed: ['denied', 'set the clock of this machine: the service refuses requests of another time'],
  Archived: ['refused', 'restore the object first, with ossutil or in the console, and run it again'],
  NotFound: ['notFound', '`osscrypt ls` shows what is there'],
  Unreachable: ['network', LATER],
  Throttled: ['network', LATER],
  ServiceFailure: ['network', LATER],
  ChecksumMismatch: ['network', LATER],
  BadAnswer: ['network', 'the answer makes no sense: is there a proxy in between?'],
  ObjectChanged: ['failure', 'the object was replaced meanwhile: run it again'],
  SourceChanged: ['failure', 'the file changed during the upload and nothing was stored: run it again'],
  CheckpointMismatch: ['usage', 'the checkpoint is of another transfer: name another file, or delete it'],
  UntrustedFile: ['refused', 'keep it in a folder of your own, and let nobody else write it: chmod go-w'],
  PreconditionFailed: ['refused'],
  InvalidRange: ['usage', 'the object is shorter: `osscrypt stat` shows how long it is'],
  Rejected: ['failure'],
  ENOENT: ['notFound'],
  EACCES: ['failure', 'the file or folder may not be read or written'],
  EPERM: ['failure', 'the file or folder may not be read or written'],
  ENOSPC: ['failure', 'the disk is full; nothing was put in place'],
  EISDIR: ['usage', 'it is a folder: -r takes folders'],
  ENOTDIR: ['failure', 'a file is where a folder is needed'],
  FOLDER_LOCKED: ['refused', '`osscrypt local stop` ends it'],
}

/** @param error Anything that was thrown. Texts of errors that are not known to hold no secret are not shown. */
export function explainError(error: unknown): Explanation {
  if (error instanceof CommandError) {
    const { exit, code, message, hint } = error
    return { exit, code, message, hint, ...noService }
  }
  if (!(error instanceof Error))
    return { exit: 'failure', code: 'Unknown', message: 'failed', hint: undefined, ...noService }
  const fields = error as Error & Record<'code' | 'service' | 'serviceCode' | 'requestId', unknown>
  const code = text(fields.code) ?? error.name
  const serviceCode = text(fields.serviceCode)
  if (serviceCode === 'FileAlreadyExists') {
    const hint = 'somebody else stored it meanwhile; --force replaces it'
    return {
      ...base('refused', 'Exists', error.message, hint),
      service: 'oss',
      serviceCode,
      requestId: text(fields.requestId),
    }
  }
  const option = code === 'NotAllowed' ? /\ballow[A-Z]\w+/.exec(error.message)?.[0] : undefined
  if (option !== undefined) {
    return { ...base('refused', code, error.message, `${flagOf(option)} takes that risk`), ...noService }
  }
  const misuse = error instanceof TypeError || error instanceof RangeError
  if (error.name === 'FormatError')
    return { ...base('integrity', code, error.message, rows['InvalidFormat']?.[1]), ...noService }
  const [exit, hint] = (Object.hasOwn(rows, code) ? rows[code] : undefined) ?? [misuse ? 'usage' : 'failure']
  const service = text(fields.service)
  return { ...base(exit, code, error.message, hint), service, serviceCode, requestId: text(fields.requestId) }
}

const noService = { service: undefined, serviceCode: undefined, requestId: undefined }

function base(exit: ExitName, code: string, message: string, hint: string | undefined) {
  return { exit, code, message, hint }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An option of the library as the command's own: `allowUnverifiedRange` is `--allow-unverified-range`. */
function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
