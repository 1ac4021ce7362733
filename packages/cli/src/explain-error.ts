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

const CHANGED = 'do not use it: have it restored from elsewhere, and find out who can write where it was stored'
const LATER = 'try again later; `osscrypt doctor` shows where is asked, and what answers'
const OBJECT_MEANT = 'it is not the object that was meant; --expected-key names what it was written as'

/** By the codes of the library's errors, and of the file system's. */
const rows: Readonly<Record<string, Row>> = {
  InvalidFormat: ['integrity', 'it is damaged, or was never encrypted with this format'],
  UnsupportedVersion: ['integrity', 'it was written by something newer'],
  UnsupportedAlgorithm: ['integrity', 'it was written by something newer'],
  LimitExceeded: ['failure', 'for objects above 64 GiB use --format floe; user metadata ends at 8 KB'],
  IntegrityFailed: ['integrity', CHANGED],
  KeyIdMismatch: ['integrity', CHANGED],
  BindingMismatch: ['integrity', OBJECT_MEANT],
  BindingMissing: ['integrity', 'leave --require-binding out to read objects that the vendor’s SDKs wrote'],
  ContextMismatch: ['integrity', 'compare --required-context with what `osscrypt inspect` shows'],
  NotEncrypted: ['notEncrypted', 'if it is meant to be plain, read it with ossutil; else somebody replaced it'],
  NotAllowed: ['refused', 'an option allows it; see the command’s --help'],
  NoMatchingKey: [
    'denied',
    'give the CMK that it names with --read-cmk, if you trust it; or all of an account’s with --discover; an RSA key with --rsa-key',
  ],
  DataKeyUnavailable: ['denied', 'see what each CMK failed with in the message'],
  InvalidDataKey: ['failure', 'the data key provider in use is broken'],
  KeyNotFound: ['denied', 'check the CMK’s ARN and region: `osscrypt keys describe ARN`'],
  KeyDisabled: ['denied', 'enable the CMK, or cancel its deletion, in KMS'],
  WrongContext: ['denied', 'KMS refuses the wrapped key: it, or the encryption context, was changed'],
  AccessDenied: [
    'denied',
    'the access key lacks a permission, see docs; `osscrypt doctor` shows which access key is used',
  ],
  CredentialsUnavailable: [
    'denied',
    'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure the aliyun CLI',
  ],
  CredentialsExpired: ['denied', 'the STS token has ended: get a new one, and run it again'],
  ClockSkewed: ['denied', 'set the clock of this machine: the service refuses requests of another time'],
  Archived: [
    'refused',
    '`osscrypt restore` has OSS restore it; run it again when that is done (`osscrypt restore --status`)',
  ],
  NotFound: ['notFound', '`osscrypt ls` shows what is there'],
  EEXIST: ['refused', '--force replaces it'],
  Unreachable: ['network', LATER],
  Throttled: ['network', LATER],
  ServiceFailure: ['network', LATER],
  ChecksumMismatch: ['network', LATER],
  BadAnswer: ['network', 'the answer makes no sense: is there a proxy in between?'],
  ObjectChanged: ['failure', 'the object was replaced meanwhile: run it again'],
  SourceChanged: [
    'failure',
    'it is not what it was when it was first looked at; nothing was stored. Run it again when nobody writes to it; --restart-if-changed begins anew where a state was kept',
  ],
  CheckpointMismatch: [
    'usage',
    'name another file for the checkpoint, or delete it; --restart-if-changed begins anew where it is one of this transfer',
  ],
  UntrustedFile: ['refused', 'keep it in a folder of your own, and let nobody else write it: chmod go-w'],
  PreconditionFailed: ['refused'],
  InvalidRange: ['usage', 'the object is shorter: `osscrypt stat` shows how long it is'],
  Rejected: ['failure'],
  ENOENT: ['notFound'],
  EACCES: ['failure', 'the file or folder may not be read or written'],
  EPERM: ['failure', 'the file or folder may not be read or written'],
  ENOSPC: [
    'failure',
    'the disk is full; nothing was put in place. Ciphertext is held in --temporary-folder (else TMPDIR, or /tmp) until it is verified',
  ],
  EISDIR: ['usage', 'it is a folder: -r takes folders'],
  ENOTDIR: ['failure', 'a file is where a folder is needed'],
  JobMismatch: ['usage', 'name another folder for this job, or give the command that the folder was begun with'],
  JobInUse: [
    'refused',
    'wait for it, or end it; one process at a time works on a job, and one that was killed in another container is waited for 15 seconds',
  ],
  JobDamaged: ['failure', 'name another folder: what is done already is found out, and passed over'],
  QueueUnreachable: ['network', 'is Redis there, and is its port reached from here? rediss:// is with TLS'],
  QueueDenied: ['denied', 'user and password belong into the address: redis://USER:PASSWORD@HOST:PORT'],
  QueueEvicts: ['refused', 'set maxmemory-policy to noeviction: in the console of the cloud, or in redis.conf'],
  QueueDamaged: ['failure', 'somebody else writes there: give the jobs a --queue-name, or a Redis, of their own'],
  UnknownJob: ['notFound', '`osscrypt jobs status` lists the jobs that there are'],
  OtherJob: ['usage', 'give this job another name, or none'],
  JobEnded: ['refused', 'start another job: what is done already is found out, and passed over'],
  OtherProtocol: ['refused', 'work on it with the version that started it, or start it again'],
  WorkerUnfit: ['denied', 'its batches are left to other workers; `osscrypt doctor` shows what is wrong here'],
  FOLDER_LOCKED: ['refused', '`osscrypt local stop` ends it'],
}

/** What OSS's and KMS's own codes say beyond that. */
const byServiceCode: readonly (readonly [code: RegExp, exit: ExitName, hint: string])[] = [
  [/^SignatureDoesNotMatch$/, 'denied', 'the secret is not that of the access key id: set the right one'],
  [
    /^InvalidAccessKeyId/,
    'denied',
    'there is no such access key id: `osscrypt doctor` shows which one is used, and where it comes from',
  ],
  [/^NoSuchBucket$/, 'notFound', 'there is no such bucket: `osscrypt ls` shows yours, `osscrypt mb` makes one'],
  [
    /^BucketNotEmpty$/,
    'failure',
    '`osscrypt rm -r --force` deletes what is in it, with --all-versions old versions, too; `osscrypt uploads abort` what is unfinished',
  ],
  [/^NoSuchUpload$/, 'failure', 'the upload was ended meanwhile: run it again'],
  [/^InvalidPart$/, 'failure', 'somebody else sent parts of the same upload: run it again with --restart-if-changed'],
]

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
  if (code === 'NotAllowed' && error.message.includes('`upgrade`')) {
    const hint = '`osscrypt jobs migrate` stores objects in another format, where they are'
    return { ...base('refused', code, error.message, hint), ...noService }
  }
  const misuse = error instanceof TypeError || error instanceof RangeError
  if (error.name === 'FormatError' && code === 'InvalidFormat')
    return { ...base('integrity', code, error.message, rows['InvalidFormat']?.[1]), ...noService }
  const [exit, hint] = (Object.hasOwn(rows, code) ? rows[code] : undefined) ?? [misuse ? 'usage' : 'failure']
  const service = text(fields.service)
  const told = byServiceCode.find(([pattern]) => serviceCode !== undefined && pattern.test(serviceCode))
  if (told)
    return { ...base(told[1], code, error.message, told[2]), service, serviceCode, requestId: text(fields.requestId) }
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
