/** The text, or undefined when it is empty: an environment variable that is set to nothing is not set. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
