/**
 * The sections in the order in which they run; each is in `sections/NAME.mjs`, as `run`. Those that are `full` are no part of a quick run, unless they are named.
 *
 * @type {readonly { readonly name: string; readonly title: string; readonly full?: true }[]}
 */
export const sections = [
  { name: 'in-process', title: '1. Encrypting and decrypting in the process' },
  { name: 'libraries', title: '2. Against other libraries, in the process' },
  { name: 'objects', title: '3. Objects through the client' },
  { name: 'ranges', title: '4. Ranges of an object of 1 GiB' },
  { name: 'kms', title: '5. KMS' },
  { name: 'memory', title: '6. Memory and responsiveness' },
  { name: 'size', title: '7. Start-up and size' },
  { name: 'command', title: '8. The command, as a whole process' },
  { name: 'threads', title: '9. With other numbers of threads' },
  { name: 'browser', title: '10. In Chromium' },
  { name: 'command-files', title: '11. The command: folders of files, and one large file', full: true },
  { name: 'jobs', title: '12. Whole buckets over Redis', full: true },
]
