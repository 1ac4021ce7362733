import type { CommandSpec, OptionSpec } from './command-spec.js'

/** What every command takes. */
const commonOptions: readonly OptionSpec[] = [
  ['--json', 'print JSON, one object to a line, on stdout; errors too'],
  ['-q, --quiet', 'print no progress and no notices'],
  ['--debug', 'print what an error was caused by'],
]

/** What commands take that talk to OSS and KMS. */
const cloudOptions: readonly OptionSpec[] = [
  ['--profile <name>', 'a profile of the configuration file; `local` is the local cloud'],
  ['--config <file>', 'the configuration file'],
  ['--region <region>', 'region of the bucket, such as cn-hangzhou'],
  ['--endpoint <url>', 'where OSS is, if not at its public address'],
  ['--kms-endpoint <url>', 'where KMS is, if not at its public address'],
  ['--cmk <arn>', 'ARN of the CMK; again for several', 'repeat'],
]

/** How objects are read. */
export const readOptions: readonly OptionSpec[] = [
  ['--required-context <name=value>', 'an entry that the encryption context has to have', 'repeat'],
  ['--require-binding', 'refuse objects that are bound to no key'],
  ['--allow-unauthenticated-algorithms', 'take the vendor’s CBC and CTR objects, whose changes nobody notices'],
]

/** How objects are written. */
export const writeOptions: readonly OptionSpec[] = [
  ['--format <format>', 'gcm (default, what the vendor’s SDKs read) or floe (verified ranges, any size)'],
  ['--context <name=value>', 'an entry of the encryption context: in the clear, authenticated', 'repeat'],
  ['--meta <name=value>', 'user metadata: in the clear, not authenticated', 'repeat'],
  ['--mime <type>', 'Content-Type'],
]

/** What becomes of what is there already. */
export const overwriteOptions: readonly OptionSpec[] = [
  ['-f, --force', 'replace what is there'],
  ['-n, --no-clobber', 'leave what is there, and go on'],
  ['-u, --update', 'replace what is older than the source or of another size'],
]

/** All options of a command, its own first. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [...spec.options, ...(spec.cloud ? cloudOptions : []), ...commonOptions]
}
