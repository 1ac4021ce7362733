export const META = 'x-oss-meta-'

/** Of what the OSS SDKs for Java, Go, Python, C++ and PHP write beside a body that they encrypt themselves. */
export const PREFIX = `${META}client-side-encryption-`

/** Of what their Python SDK wrote before version 2.11.0. */
export const OLD_PREFIX = `${META}oss-crypto-`

/** Which of these headers carry an envelope, as they are named there; none when there is none. */
export function ossSdkEnvelopeNames(headers: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(headers)
  const prefix = prefixOf(names)
  if (prefix === undefined) return []
  if (prefix === PREFIX) return names.filter((name) => name.toLowerCase().startsWith(PREFIX))
  return names.filter((name) => isOldName(name.toLowerCase()))
}

/** Where the envelope is, if there is one: any one of its entries means that the body is no plaintext. */
export function prefixOf(names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase())
  if (['key', 'start', 'cek-alg', 'wrap-alg'].some((what) => lower.includes(`${PREFIX}${what}`))) return PREFIX
  return lower.includes(`${OLD_PREFIX}key`) || lower.includes(`${OLD_PREFIX}start`) ? OLD_PREFIX : undefined
}

function isOldName(name: string): boolean {
  return name.startsWith(OLD_PREFIX) || /^x-oss-meta-(oss-(cek|wrap)-alg|unencrypted-content-(length|md5))$/.test(name)
}
