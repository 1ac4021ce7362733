import type { OptionSpec } from '../command-spec.js'
import { TIERS } from '../commands/restore.js'
import { signatureAlgorithms } from '../commands/sign.js'
import { progressStyles } from '../terminal/progress.js'
import { ACLS, STORAGE_CLASSES, WRITTEN_FORMATS } from '../transfer/transfer-options.js'

/** What can follow an option: one of several words, a file, a folder, or the name of a profile. */
export type OptionValues = readonly string[] | 'file' | 'folder' | 'profile'

/** By the names that options have for their values. */
const byPlaceholder: Readonly<Record<string, OptionValues>> = {
  acl: ACLS,
  algorithm: signatureAlgorithms,
  class: STORAGE_CLASSES,
  file: 'file',
  folder: 'folder',
  format: WRITTEN_FORMATS,
  how: progressStyles,
  tier: TIERS,
  usage: ['ENCRYPT/DECRYPT', 'SIGN/VERIFY'],
}

/** Undefined where nothing is known of it. */
export function valuesOf([flags]: OptionSpec): OptionValues | undefined {
  if (flags.startsWith('--profile ')) return 'profile'
  const [, placeholder = ''] = /<([a-z]+)>/.exec(flags) ?? []
  return Object.hasOwn(byPlaceholder, placeholder) ? byPlaceholder[placeholder] : undefined
}

/** The long names of an option: `--mime, --content-type <type>` has two. */
export function longNames([flags]: OptionSpec): readonly string[] {
  return flags.match(/--[a-z-]+/g) ?? []
}
