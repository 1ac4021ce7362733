import { chmod, utimes } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import type { Metadata } from 'osscrypt/oss'

/** The names under which objects keep what a file's system said of it, as rclone does: in the clear and not authenticated. */
const [MTIME, MODE] = ['mtime', 'mode']

const BILLION = 1_000_000_000n

/** What is kept of a file with its object. */
export function keepTimes({ mtimeNs, mode }: Pick<BigIntStats, 'mtimeNs' | 'mode'>): Metadata {
  const negative = mtimeNs < 0n
  const ns = negative ? -mtimeNs : mtimeNs
  const mtime = `${negative ? '-' : ''}${ns / BILLION}.${String(ns % BILLION).padStart(9, '0')}`
  return { [MTIME]: mtime, [MODE]: `0${(Number(mode) & 0o777).toString(8)}` }
}

/** The time in an object's metadata; undefined when there is none, or what is there is none. */
export function keptMtime(meta: Readonly<Record<string, unknown>> | null | undefined): bigint | undefined {
  const text = meta?.[MTIME]
  const match = typeof text === 'string' ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) : null
  const [, sign, whole, fraction = ''] = match ?? []
  if (whole === undefined) return undefined
  const ns = BigInt(whole) * BILLION + BigInt(fraction.padEnd(9, '0'))
  return sign === '-' ? -ns : ns
}

/**
 * Gives a file that was made of an object the time that was kept, else the one at which it was stored, and the mode. Whoever can write to the bucket
 * chooses both: nobody is let in whom the umask keeps out, and no file runs as somebody else.
 */
export async function restoreTimes(
  path: string,
  meta: Readonly<Record<string, unknown>> | null | undefined,
  stored: Date,
): Promise<void> {
  const mtimeNs = keptMtime(meta)
  const seconds = mtimeNs === undefined ? stored.getTime() / 1000 : Number(mtimeNs) / 1e9
  const mode = meta?.[MODE]
  if (typeof mode === 'string' && /^0?[0-7]{3}$/.test(mode)) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it
    await chmod(path, Number.parseInt(mode, 8) & ~process.umask() & 0o755)
  }
  if (Number.isFinite(seconds)) await utimes(path, seconds, seconds)
}
