/** A stretch of bytes, by the places of its first and its last one. An `end` of Infinity is wherever they end. */
export interface Stretch {
  readonly start: number
  readonly end: number
}
