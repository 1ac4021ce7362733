/** What the command's exit code says. docs/CLI.md shows this table. */
export const exitCodes = {
  ok: [0, 'everything that was asked for was done'],
  failure: [1, 'something else went wrong; the message says what'],
  usage: [2, 'the command line or the configuration is wrong; nothing was done'],
  notFound: [3, 'there is no such object, bucket, file or key'],
  notEncrypted: [4, 'the object was not stored with client-side encryption, or its envelope was taken away'],
  integrity: [
    5,
    'changed, cut, or not what was meant: no plaintext was put in place; also: a signature that is not valid. Of several objects, this says that one at least is so, whatever became of the others; they are listed at the end',
  ],
  denied: [6, 'KMS or OSS denies it, there are no credentials, or the CMK is unknown, disabled or was not given'],
  network: [7, 'KMS or OSS cannot be reached, throttles or fails; it was tried several times'],
  partial: [
    8,
    'not everything was done: some of several objects failed, or were left out (links, pipes, names that are not UTF-8)',
  ],
  refused: [
    9,
    'something that is there would be overwritten, an option has to allow it, or a file may be somebody else’s (`UntrustedFile`); nothing was changed',
  ],
  different: [10, '`check`: all was compared, and not all of it is the same'],
  interrupted: [130, 'Ctrl-C, SIGTERM, or the terminal was closed'],
} as const satisfies Record<string, readonly [number, string]>

export type ExitName = keyof typeof exitCodes

/** The number that stands for an outcome. */
export function exitCode(name: ExitName): number {
  return exitCodes[name][0]
}
