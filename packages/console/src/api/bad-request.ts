/** A question that the page does not ask. */
export class BadRequest extends Error {}

/** @throws BadRequest for anything else than a text. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new BadRequest()
  return value
}

/** @throws BadRequest for anything else than so many texts at most. */
export function texts(value: unknown, maxCount: number): readonly string[] {
  if (!Array.isArray(value) || value.length > maxCount) throw new BadRequest()
  return value.map(text)
}

/** The name of a bucket. @throws BadRequest for what cannot be one. */
export function bucketName(value: unknown): string {
  const name = text(value)
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) throw new BadRequest()
  return name
}
