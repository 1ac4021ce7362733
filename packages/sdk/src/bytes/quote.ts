/** What a terminal or an editor obeys, or does not show: controls (C0, C1), format characters (bidi among them), line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** A text as a JSON string in which nothing is hidden and nothing is obeyed: for names that others chose, in messages. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (character) =>
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
