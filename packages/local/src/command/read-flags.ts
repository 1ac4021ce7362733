import { parseArgs } from 'node:util'
import type { Fault } from '../faults/fault-plan.js'
import { isAliasName } from '../kms/key-name.js'
import { readFault } from '../read-fault.js'

/** What the command was asked to do. */
export type Flags =
  | { readonly does: 'help' }
  | { readonly does: 'version' }
  | {
      readonly does: 'start'
      readonly folder: string
      readonly kmsPort: number | undefined
      readonly ossPort: number | undefined
      readonly stsPort: number | undefined
      readonly buckets: readonly string[]
      /** With its `alias/`. */
      readonly keyAlias: string
      readonly faults: readonly Fault[]
      readonly json: boolean
      readonly showCredentials: boolean
      readonly instance: boolean
    }

/** @throws {TypeError} saying which flag is wrong. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      folder: { type: 'string', default: '.osscrypt-local' },
      'kms-port': { type: 'string' },
      'oss-port': { type: 'string' },
      'sts-port': { type: 'string' },
      bucket: { type: 'string', multiple: true, default: [] },
      'key-alias': { type: 'string', default: 'alias/osscrypt-local' },
      fault: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      'show-credentials': { type: 'boolean', default: false },
      instance: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { does: 'help' }
  if (values.version) return { does: 'version' }
  if (values.folder === '') throw new TypeError('--folder is empty')
  const alias = values['key-alias']
  const keyAlias = alias.startsWith('alias/') ? alias : `alias/${alias}`
  if (!isAliasName(keyAlias)) throw new TypeError('--key-alias takes letters, digits, _, / and -')
  return {
    does: 'start',
    folder: values.folder,
    kmsPort: readPort('--kms-port', values['kms-port']),
    ossPort: readPort('--oss-port', values['oss-port']),
    stsPort: readPort('--sts-port', values['sts-port']),
    buckets: values.bucket.map(checkBucket),
    keyAlias,
    faults: values.fault.map(checkFault),
    json: values.json,
    showCredentials: values['show-credentials'],
    instance: values.instance,
  }
}

function readPort(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port < 0 || port > 65535) throw new TypeError(`${flag} takes a number from 0 to 65535`)
  return port
}

function checkBucket(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) {
    throw new TypeError('--bucket takes 3 to 63 small letters, digits and -, without - at the ends')
  }
  return name
}

function checkFault(json: string): Fault {
  try {
    return readFault(json)
  } catch (cause) {
    throw new TypeError(`--fault: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
