/** One requirement of an interface. */
export interface SuiteCase {
  /** What is required, as a sentence. */
  readonly name: string
  /** Resolves when the implementation meets it; rejects with a {@link SuiteError} that says what it did instead. */
  readonly run: () => Promise<void>
}

/** An implementation does not keep its interface's contract. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError'
}

/** A case that makes what it tests, and tests it. */
export function suiteCase<Subject>(
  name: string,
  make: () => Subject | Promise<Subject>,
  body: (subject: Subject) => void | Promise<void>,
): SuiteCase {
  return { name, run: async () => body(await make()) }
}

/** @throws SuiteError when `condition` does not hold. */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new SuiteError(otherwise)
}

/**
 * What `work` is rejected with.
 *
 * @throws SuiteError when it is not.
 */
export async function rejection(work: Promise<unknown>, otherwise: string): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new SuiteError(otherwise)
}

/** Whether two byte strings are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** A copy with its last bit flipped. */
export function flipLastBit(bytes: Uint8Array): Uint8Array {
  const changed = new Uint8Array(bytes)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  return changed
}

/** How an error looks to somebody who logs everything of it, down its causes. */
export function printError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const fields = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((name) => [name, String(error[name as keyof Error])]),
  )
  return `${JSON.stringify(fields)} ${error.cause === undefined ? '' : printError(error.cause)}`
}
