import { count, formatBytes, formatTime } from './amounts.js'

/** What is being done to a file or object. */
export type Phase =
  'reading' | 'sending' | 'receiving' | 'verifying' | 'copying' | 'auditing' | 'encrypting' | 'migrating' | 'rewrapping'

/** How far everything is at one moment. */
export interface Snapshot {
  readonly phase: Phase | undefined
  readonly bytes: number
  /** Bytes in all, as far as they are known. */
  readonly length: number | undefined
  /** Whether all files have been found. */
  readonly complete: boolean
  /** How many there are, where there are several. */
  readonly files: number | undefined
  readonly doneFiles: number
  readonly parts: number | undefined
  readonly retries: number
  readonly bytesPerSecond: number
}

type Piece = readonly [text: string | undefined, importance: number]

/** One line, which fits a terminal of so many columns: what matters least is left out first. */
export function describeProgress(snapshot: Snapshot, columns: number): string {
  const pieces = piecesOf(snapshot).filter(([text]) => text !== undefined)
  for (;;) {
    const line = pieces.map(([text]) => text).join('  ')
    if (line.length < columns || pieces.length <= 1) return line.slice(0, Math.max(1, columns - 1))
    const least = Math.min(...pieces.map(([, importance]) => importance))
    pieces.splice(
      pieces.findIndex(([, importance]) => importance === least),
      1,
    )
  }
}

function piecesOf(snapshot: Snapshot): Piece[] {
  const { phase, bytes, length, complete, files, doneFiles, parts, retries, bytesPerSecond } = snapshot
  const reading = phase === 'reading'
  const known = complete ? length : undefined
  const amount =
    length === undefined
      ? formatBytes(bytes)
      : `${formatBytes(Math.min(bytes, length))} of ${formatBytes(length)}${complete ? '' : '+'}`
  const percent = known === undefined ? undefined : `${Math.min(100, Math.floor((100 * bytes) / known))} %`
  const left =
    known === undefined || bytesPerSecond < 1
      ? undefined
      : `${formatTime(Math.max(0, known - bytes) / bytesPerSecond)} left`
  return [
    [phase ?? 'looking', 6],
    [reading && length !== undefined ? formatBytes(length) : amount, 8],
    [reading ? undefined : percent, 7],
    [reading ? undefined : `${formatBytes(bytesPerSecond)}/s`, 4],
    [reading ? undefined : left, 5],
    [files === undefined ? undefined : `${doneFiles} of ${complete ? count(files, 'file') : `${files}+ files`}`, 3],
    [parts === undefined ? undefined : count(parts, 'part'), 2],
    [retries === 0 ? undefined : `${retries} retries`, 1],
  ]
}
