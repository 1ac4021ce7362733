/**
 * The sections in the order in which they run; each is in `sections/NAME.mjs`, as `run`.
 *
 * @type {readonly { readonly name: string; readonly title: string }[]}
 */
export const sections = [
  { name: 'in-process', title: '1. Encrypting and decrypting in the process' },
  { name: 'objects', title: '2. Objects through the client' },
  { name: 'ranges', title: '3. Ranges of an object of 1 GiB' },
  { name: 'kms', title: '4. KMS' },
  { name: 'memory', title: '5. Memory and responsiveness' },
  { name: 'size', title: '6. Start-up and size' },
  { name: 'command', title: '7. The command, as a whole process' },
  { name: 'threads', title: '8. With other numbers of threads' },
  { name: 'command-files', title: '9. The command: folders of files, and one large file' },
]
