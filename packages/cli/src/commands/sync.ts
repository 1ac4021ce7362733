import { chooseOptions, fileOptions, partOptions, readOptions, writeOptions } from '../command-options.js'
import type { CommandSpec } from '../command-spec.js'

export const sync: CommandSpec = {
  name: 'sync',
  summary: 'make a folder or prefix like another',
  args: '<source> <target>',
  details:
    'Transfers what is missing, of another length, or of another time than is kept with the object; nothing else. Objects with no kept time are compared with the time at which they were stored. A listing does not say the kept times, so that OSS is asked for each object; with --state-folder only for those that were replaced since the last sync with it. --checksum also reads objects that look the same, decrypts them and compares: OSS holds no checksum of the plaintext. What is only at the target stays, unless --delete is given; with it, a sync in which something failed deletes nothing, and what the source has but cannot give (links, pipes) is not deleted either.',
  cloud: true,
  options: [
    ['--checksum', 'compare contents, not only length and time: reads every object'],
    ['--delete', 'delete what is only at the target'],
    ['-j, --jobs <number>', 'how many objects are on their way at once (default 8)'],
    ['--dry-run', 'say what would be done, and do nothing'],
    ...chooseOptions,
    ...fileOptions,
    ...writeOptions,
    ...readOptions,
    ...partOptions,
    [
      '--state-folder <folder>',
      'keep the state of long transfers there, so that they can be gone on with, and the times of objects, so that OSS is not asked again for each',
    ],
    [
      '--restart-if-changed',
      'begin anew when the file has changed since its state was kept, or others sent parts, too',
    ],
  ],
  examples: [
    'osscrypt sync photos oss://my-bucket/photos/',
    'osscrypt sync --delete oss://my-bucket/photos/ photos-copy',
  ],
  run: async (context) => (await import('../transfer/run-sync.js')).runSync(context),
}
