import type { CommandSpec, OptionSpec } from './command-spec.js'
import { progressStyles } from './terminal/progress.js'

/** What every command takes. */
export const commonOptions: readonly OptionSpec[] = [
  ['--json', 'print JSON, one object to a line, on stdout; errors too'],
  ['-q, --quiet', 'print no progress and no notices'],
  ['-v, --verbose', 'print what was left out, too, and why'],
  ['--debug', 'print what an error was caused by'],
  ['--progress <how>', `${progressStyles.join(', ')}: on a terminal (default), never, or as JSON on stderr`],
  ['--log-file <file>', 'write everything that is said to a file as well'],
]

/** What commands take that talk to OSS and KMS. */
export const cloudOptions: readonly OptionSpec[] = [
  ['--profile <name>', 'a profile of the configuration file; `local` is the local cloud'],
  ['--config <file>', 'the configuration file'],
  ['--region <region>', 'region of the bucket, such as cn-hangzhou'],
  ['--endpoint <url>', 'where OSS is, if not at its public address'],
  ['--kms-endpoint <url>', 'where KMS is, if not at its public address'],
  ['--cmk <arn>', 'CMK that is written under, and read with; again for several', 'repeat'],
  ['--read-cmk <arn>', 'CMK that is read with, too; again for several', 'repeat'],
  ['--discover <account/region>', 'read with any CMK of that account in that region; again for several', 'repeat'],
  [
    '--rsa-key <file>',
    'file with an RSA key (PEM, JWK) to read with, and, unless --cmk is given, to write under; again for several',
    'repeat',
  ],
  ['--retries <number>', 'how often what failed on the way is tried again (default 4)'],
  ['--timeout <seconds>', 'how long a request may stand still (default 60)'],
  ['--temporary-folder <folder>', 'for ciphertext that is held until it is verified (default TMPDIR, or /tmp)'],
]

/** How objects are read. */
export const readOptions: readonly OptionSpec[] = [
  ['--required-context <name=value>', 'an entry that the encryption context has to have', 'repeat'],
  ['--require-binding', 'refuse objects that are bound to no key'],
  ['--formats <list>', 'read these formats only, such as floe, with commas between them'],
  ['--allow-legacy-formats', 'read what the OSS SDKs’ own encryption wrote, whose changes nobody notices'],
  ['--allow-unauthenticated-algorithms', 'take the vendor’s CBC and CTR objects, whose changes nobody notices'],
]

/** What stands beside the body of an object that lies in files. */
export const metadataOption: OptionSpec = [
  '--metadata <file>',
  'what stands beside the body: JSON, or lines NAME: VALUE, as `ossutil stat` prints them',
]

/** How objects are written. */
export const writeOptions: readonly OptionSpec[] = [
  [
    '--format <format>',
    'gcm (default, what the vendor’s SDKs read), floe (verified ranges, any size) or message-body (gcm, all in the body)',
  ],
  ['--context <name=value>', 'an entry of the encryption context: in the clear, authenticated', 'repeat'],
  ['--meta <name=value>', 'user metadata: in the clear, not authenticated', 'repeat'],
  ['--mime, --content-type <type>', 'Content-Type'],
  ['--cache-control <text>', 'Cache-Control'],
  ['--storage-class <class>', 'Standard, IA, Archive, ColdArchive or DeepColdArchive'],
  ['--acl <acl>', 'default, private, public-read or public-read-write; what is public is ciphertext'],
  ['--tag <name=value>', 'a tag of the object', 'repeat'],
]

/** What becomes of what is there already. */
export const overwriteOptions: readonly OptionSpec[] = [
  ['-f, --force', 'replace what is there'],
  ['-n, --no-clobber', 'leave what is there, and go on'],
  ['-u, --update', 'replace what is older than the source or of another size'],
]

/** What commands take that take keys with wildcards. */
export const literalOption: OptionSpec = ['--literal', 'take * in keys as it is: no wildcards']

/** A version of one object. */
export const versionOption: OptionSpec = ['--version-id <id>', 'a version of the object, as `ls --versions` shows it']

/** Which files and objects are meant, of several. */
export const chooseOptions: readonly OptionSpec[] = [
  ['--include <pattern>', 'only names like it: *.jpg, or logs/**', 'repeat'],
  ['--exclude <pattern>', 'no names like it; stronger than --include', 'repeat'],
  ['--files-from <file>', 'only the names that the file lists, a line each; - is stdin'],
  literalOption,
]

/** Which objects a job is about. */
export const jobFilterOptions: readonly OptionSpec[] = [
  ['--include <pattern>', 'only keys like it, from their beginning: photos/*.jpg, or photos/**', 'repeat'],
  ['--exclude <pattern>', 'no keys like it; stronger than --include', 'repeat'],
  ['--min-size <bytes>', 'only objects of so many stored bytes, or more'],
  ['--max-size <bytes>', 'only objects of so many stored bytes, or fewer'],
  ['--modified-before <time>', 'only objects that were changed before that (ISO 8601)'],
  ['--modified-since <time>', 'only objects that were changed then, or later (ISO 8601)'],
  ['--storage-class <class>', 'only objects of that class, such as IA; again for several', 'repeat'],
  ['--inventory <manifest>', 'oss://BUCKET/PREFIX/manifest.json of an OSS inventory, instead of listing the bucket'],
]

/** What a job takes at most. */
export const jobRateOptions: readonly OptionSpec[] = [
  ['--rate-requests <number>', 'requests to OSS a second'],
  ['--rate-mib <number>', 'MiB a second, to and from OSS'],
  ['--rate-kms <number>', 'calls to KMS a second'],
]

/** How a job is run. */
export const jobRunOptions: readonly OptionSpec[] = [
  ['--folder <folder>', 'where journal and report are kept; the same command with the same folder goes on'],
  ['-j, --jobs <number>', 'how many objects at once (default 8)'],
  ...jobRateOptions,
  ['--count', 'count the objects first, by a listing of its own: progress has a percentage and the time left then'],
  ['--csv <file>', 'write the report, a row for each object, as CSV as well'],
  ['--html <file>', 'write the totals as a page as well, with charts'],
]

/** Where jobs of many machines are queued. */
export const queueOptions: readonly OptionSpec[] = [
  [
    '--queue <url>',
    'Redis or Valkey: redis://HOST:PORT, or rediss://USER:PASSWORD@HOST:PORT with TLS. Better in OSSCRYPT_QUEUE: others on this machine can read a command line',
  ],
  ['--queue-name <name>', 'sets these jobs apart from what else is in the same Redis (default osscrypt)'],
  ['--queue-cluster', 'the address is of a node of a cluster that is talked to directly, without a proxy'],
  ['--queue-ca <file>', 'file with the PEM certificate that signed the server’s'],
]

/** How the parts of what is large go over the network. */
export const partOptions: readonly OptionSpec[] = [
  ['--parallel <number>', 'how many parts of a large object are on their way at once (default 4)'],
  ['--part-size <MiB>', 'MiB of a part'],
  ['--limit-rate <KiB>', 'KiB a second of each request, from 100: OSS keeps to it'],
]

/** How files keep what is known of them. */
export const fileOptions: readonly OptionSpec[] = [
  ['--no-preserve', 'do not keep times and modes of files'],
  ['-L, --follow-links', 'take what symbolic links lead to'],
]

/** All options of a command, its own first. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [...spec.options, ...(spec.cloud ? cloudOptions : []), ...commonOptions]
}
