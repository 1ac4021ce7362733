/** How a request names a key: by its id or by an alias, and with the region and account when it gives an ARN. */
export interface KeyName {
  readonly kind: 'id' | 'alias'
  /** The key id, or the alias with its `alias/`. */
  readonly name: string
  readonly region?: string
  readonly accountId?: string
}

const regionPattern = /^[a-z0-9-]{2,32}$/

export function isRegion(text: string): boolean {
  return regionPattern.test(text)
}

/** Reads the parameter KeyId. Undefined when it has the form of none of the ways to name a key. */
export function readKeyName(text: string): KeyName | undefined {
  if (!text.startsWith('acs:')) return readBareName(text)
  const [, service, region = '', accountId = '', resource = '', ...more] = text.split(':')
  if (service !== 'kms' || !isRegion(region) || !/^[0-9]+$/.test(accountId) || more.length > 0) return undefined
  if (resource.startsWith('key/')) {
    const name = readBareName(resource.slice('key/'.length))
    return name?.kind === 'id' ? { ...name, region, accountId } : undefined
  }
  const name = readBareName(resource)
  return name?.kind === 'alias' ? { ...name, region, accountId } : undefined
}

/** An alias as it is given to CreateAlias: `alias/` and 1 to 255 letters, digits, `_`, `/` and `-`. */
export function isAliasName(text: string): boolean {
  return /^alias\/[A-Za-z0-9_/-]{1,255}$/.test(text)
}

/** Reads an alias that a user may give or change: names that begin with `alias/acs` are the service's own. */
export function readOwnAliasName(text: string): string | undefined {
  return isAliasName(text) && !text.startsWith('alias/acs') ? text : undefined
}

function readBareName(text: string): KeyName | undefined {
  if (isAliasName(text)) return { kind: 'alias', name: text }
  return /^[A-Za-z0-9-]{1,128}$/.test(text) ? { kind: 'id', name: text } : undefined
}
