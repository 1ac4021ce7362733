import { chooseOptions, readOptions } from '../command-options.js'
import type { CommandSpec } from '../command-spec.js'

export const check: CommandSpec = {
  name: 'check',
  summary: 'compare a folder or a file with what is stored of it, and change nothing',
  args: '<local> <object>',
  details:
    'Says what is missing in OSS, what is there only, and what is different. By default it compares what can be known without reading: the length of the plaintext and the file’s time that is kept with the object; both are in metadata, which whoever can write to the bucket can change. --content reads every object, verifies it, and compares its content with the file’s, whatever their times: OSS holds no checksum of a plaintext. An object that is not encrypted any more, or not intact, is a failure. Exit code 10 says that something is different, 5 that something is not what was written, 8 that something could not be compared.',
  cloud: true,
  options: [
    ['--content', 'read and verify every object, and compare contents'],
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['-L, --follow-links', 'take what symbolic links lead to'],
    ['--one-way', 'do not tell of what is in OSS only'],
    ...chooseOptions.filter(([flags]) => !flags.startsWith('--files-from')),
    ...readOptions,
  ],
  examples: [
    'osscrypt check photos oss://my-bucket/photos/',
    'osscrypt check --content report.pdf oss://my-bucket/report.pdf',
  ],
  run: async (context) => (await import('../transfer/run-check.js')).runCheck(context),
}
