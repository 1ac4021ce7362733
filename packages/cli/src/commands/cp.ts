import {
  chooseOptions,
  fileOptions,
  overwriteOptions,
  partOptions,
  readOptions,
  writeOptions,
} from '../command-options.js'
import type { CommandSpec, OptionSpec } from '../command-spec.js'

/** What cp and mv take. */
export const transferOptions: readonly OptionSpec[] = [
  ['-r, --recursive', 'everything below a folder or prefix'],
  ...overwriteOptions,
  ...chooseOptions,
  ...fileOptions,
  ['-j, --jobs <number>', 'how many objects are on their way at once (default 8)'],
  ['--dry-run', 'say what would be done, and do nothing'],
  ...writeOptions,
  ['--no-binding', 'do not bind the object to its key'],
  ['--expected-key <key>', 'the key that the object was written under, if it is another'],
  ['--version-id <id>', 'a version of the source object'],
  ...readOptions,
  ...partOptions,
  ['--state-folder <folder>', 'keep the state of long transfers there, so that they can be gone on with'],
  ['--restart-if-changed', 'begin anew when the file has changed since its state was kept, or others sent parts, too'],
]

export const cp: CommandSpec = {
  name: 'cp',
  summary: 'copy files and objects: up, down, or inside OSS',
  args: '<source...> <target>',
  parsedArgs: '<paths...>',
  details:
    'Source and target are paths, oss://BUCKET/KEY, or - for stdin and stdout; one at least is in OSS. With -r the contents of a folder come to lie below the target. What is there already is not replaced unless --force or --update says so. A file gets its name when all of it is verified. With --checkpoint, the same command goes on after Ctrl-C, a crash or a reboot; with -r, --state-folder does that for every long file.\n\nTimes and modes of files are kept in the objects’ metadata, in the clear, and given back on the way down. Links, pipes and names that cannot be kept are left out, told of at the end, and make the exit code 8.',
  cloud: true,
  options: [
    ...transferOptions,
    ['--checkpoint <file>', 'keep the state of the one transfer there, so that it can be gone on with'],
  ],
  examples: ['osscrypt cp report.pdf oss://my-bucket/reports/', 'osscrypt cp -r oss://my-bucket/photos/ photos-copy'],
  run: async (context) => (await import('../transfer/run-transfer.js')).runTransfer(context, false),
}
