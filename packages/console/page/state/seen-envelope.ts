/**
 * What of an answer of OSS tells one state of an object from another: its envelope, where that stands in the metadata, beside what OSS says of its content. An ETag
 * alone stays what it was when the same content is stored with another envelope.
 */
export function seenEnvelope(headers: Readonly<Record<string, string | undefined>>): string {
  const named = ['header', 'iv', 'authtag'].map((name) => envelopeHeader(headers, name))
  return JSON.stringify([...named, headers['etag'], headers['last-modified']])
}

/** A part of an envelope; the vendor's SDKs write its name with a prefix that OSS's has already, or without. */
export function envelopeHeader(
  headers: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return headers[`x-oss-meta-x-oss-meta-${name}`] ?? headers[`x-oss-meta-${name}`]
}
