/** Tells whether OSS would accept the name for a bucket; such a name is also safe as the name of a folder. */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)
}
