/** Where the state of one transfer is kept between two calls. Whoever wrote there may be anybody: what is read is to be checked. */
export interface CheckpointPlace {
  /** What it is called in messages. */
  readonly label: string
  /**
   * What is kept; null when there is nothing.
   *
   * @throws FormatError when it is longer than `maxLength` bytes; what the platform says.
   */
  load(maxLength: number): Promise<string | null>
  /** Keeps a text in place of what is there: all of it, or what was there stays. */
  save(text: string): Promise<void>
  remove(): Promise<void>
  /** Lets others work with it. Nothing is saved afterwards. */
  release(): Promise<void>
}
