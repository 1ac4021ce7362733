import { readFileSync } from 'node:fs'

/** How jobs are kept in Redis. A worker takes only jobs that are kept as it expects. */
export const PROTOCOL = 1

/** The version of this package. Versions that differ work together as long as the protocol is one, and are told of. */
export const PACKAGE_VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version
