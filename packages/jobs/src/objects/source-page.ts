import type { ListedObject } from './listed-object.js'

/** Some of the objects that there are, and where to go on behind them. */
export interface SourcePage {
  readonly objects: readonly ListedObject[]
  /** What the same source goes on from; undefined where that is its start. */
  readonly cursor: string | undefined
}
