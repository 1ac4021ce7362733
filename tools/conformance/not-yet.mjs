// Vector kinds whose formats are not built yet: every case fails, and says so.

const hasCases = (content) => Array.isArray(content?.cases)

function notYet(matches, nameOf) {
  return {
    matches,
    cases: ({ cases }) =>
      cases.map((vector) => ({ name: nameOf(vector), run: () => Promise.reject(new Error('not supported')) })),
    emit: () => Promise.reject(new Error('not supported')),
  }
}

/** FLOE's known-answer tests. */
export const floe = notYet(
  (content) => hasCases(content) && !('kms' in content),
  ({ name }) => name,
)

/** Objects that the OSS SDKs' own client-side encryption wrote. */
export const ossSdkCse = notYet(
  (content) => hasCases(content) && 'kms' in content,
  ({ id }) => id,
)
