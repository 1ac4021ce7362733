// The vector kind whose format is not built yet: every case fails, and says so.

/**
 * Whether a file holds objects that the OSS SDKs' own client-side encryption wrote.
 *
 * @param {any} content
 */
export function matches(content) {
  return Array.isArray(content?.cases) && 'kms' in content
}

/**
 * The named cases of a file.
 *
 * @param {{ cases: Record<string, any>[] }} content
 */
export function cases(content) {
  return content.cases.map(({ id }) => ({ name: id, run: () => Promise.reject(new Error('not supported')) }))
}

/** Nothing can be written yet. */
export function emit() {
  return Promise.reject(new Error('not supported'))
}
