/** One comparison. */
export interface Result {
  /** What was done, on how much. */
  readonly name: string
  /** Median of the rounds, in `unit`. */
  readonly ours: number
  /** Median of the rounds, in `unit`. */
  readonly baseline: number
  /** What did the same, or the limit that was measured in the same run. */
  readonly baselineName: string
  readonly unit: string
  /** Median of `ours / baseline` of each round. */
  readonly ratio: number
  /** Smallest and largest ratio of a round. */
  readonly spread: readonly [number, number]
  readonly rounds: number
  readonly better: 'higher' | 'lower'
  /** What the ratio should reach (`higher`), or not exceed (`lower`); null where nothing is asked. */
  readonly goal: number | null
}

/** What one section measured. */
export interface SectionResults {
  readonly name: string
  readonly title: string
  readonly results: readonly Result[]
}

/** Takes one measurement: does the work once and gives the figure. */
export type Measure = () => number | Promise<number>

/** One contestant that is compared with. */
export interface Peer {
  readonly name: string
  readonly measure: Measure
  readonly goal?: number | undefined
}

/** Things that do the same, measured in turn. */
export interface Contest {
  readonly name: string
  readonly unit: string
  readonly better?: 'higher' | 'lower' | undefined
  readonly ours: Measure
  readonly peers: readonly Peer[]
  /** Default: 3 in a quick run, 5 in a full one. */
  readonly rounds?: number | undefined
}

/** What a section works with. */
export interface Bench {
  readonly quick: boolean
  /** Measures all contestants in turn, round by round, and keeps a result for each peer. */
  compete(contest: Contest): Promise<void>
  /** Keeps figures that were counted, or measured by the section itself. `ours` and `baseline` hold a figure of each round. */
  record(figures: {
    readonly name: string
    readonly unit: string
    readonly better?: 'higher' | 'lower' | undefined
    readonly ours: readonly number[]
    readonly baseline: readonly number[]
    readonly baselineName: string
    readonly goal?: number | undefined
  }): void
}

/** A part of the benchmark, in a process of its own. */
export type RunSection = (bench: Bench) => Promise<void>

/** Where and when a run was made. */
export interface Run {
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly quick: boolean
  readonly elapsedMs: number
}
