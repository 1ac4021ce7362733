/** Percent-encoding as both signature versions want it: everything but `A-Z a-z 0-9 - _ . ~`. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Parameters sorted by name, encoded and joined, as both signature versions sign them. */
export function canonicalQuery(parameters: ReadonlyMap<string, string>): string {
  const names = [...parameters.keys()].sort()
  return names.map((name) => `${percentEncode(name)}=${percentEncode(parameters.get(name) ?? '')}`).join('&')
}
