import { overwriteOptions, readOptions, writeOptions } from '../command-options.js'
import type { CommandSpec, OptionSpec } from '../command-spec.js'

/** What cp and mv take. */
export const transferOptions: readonly OptionSpec[] = [
  ['-r, --recursive', 'everything below a folder or prefix'],
  ...overwriteOptions,
  ['-j, --jobs <number>', 'how many objects are on their way at once (default 8)'],
  ['--dry-run', 'say what would be done, and do nothing'],
  ...writeOptions,
  ['--no-binding', 'do not bind the object to its key'],
  ['--expected-key <key>', 'the key that the object was written under, if it is another'],
  ...readOptions,
  ['--parallel <number>', 'how many parts of a large object are on their way at once (default 4)'],
  ['--part-size <MiB>', 'MiB of a part'],
]

export const cp: CommandSpec = {
  name: 'cp',
  summary: 'copy files and objects: up, down, or inside OSS',
  args: '<source> <target>',
  details:
    'Source and target are paths, oss://BUCKET/KEY, or - for stdin and stdout; one at least is in OSS. With -r the contents of a\nfolder come to lie below the target. What is there already is not replaced unless --force or --update says so. A file gets its\nname when all of it is verified. With --checkpoint, the same command goes on after Ctrl-C, a crash or a reboot.',
  cloud: true,
  options: [
    ...transferOptions,
    ['--checkpoint <file>', 'keep the state of the transfer there, so that it can be gone on with'],
    [
      '--restart-if-changed',
      'with --checkpoint: begin anew when the file has changed since, or others sent parts, too',
    ],
  ],
  examples: ['osscrypt cp report.pdf oss://my-bucket/reports/', 'osscrypt cp -r oss://my-bucket/photos/ photos-copy'],
  run: async (context) => (await import('../transfer/run-transfer.js')).runTransfer(context, false),
}
