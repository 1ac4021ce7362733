/** Texts of other packages' errors can hold signed URLs, tokens and parts of answers: of those, only name and code are shown. */
const OWN = new Set([
  'OsscryptError',
  'IntegrityError',
  'FormatError',
  'KeyError',
  'NotEncryptedError',
  'ServiceError',
  'CommandError',
])

/** What an error was caused by, line by line, and where it was thrown. */
export function describeCauses(error: unknown): readonly string[] {
  const lines: string[] = []
  let each: unknown = error
  for (let depth = 0; each instanceof Error && depth < 8; depth++) {
    const { name, message, code } = each as Error & { code?: unknown }
    const shown = OWN.has(name)
      ? `: ${message}`
      : typeof code === 'string' || typeof code === 'number'
        ? ` ${code}`
        : ''
    lines.push(`${depth === 0 ? 'error' : 'caused by'} ${name}${shown}`)
    lines.push(...framesOf(each))
    each = each.cause
  }
  return lines
}

/** The places in a stack trace, without the message above them. */
function framesOf(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
}
