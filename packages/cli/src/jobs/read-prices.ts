import type { Prices } from 'osscrypt-jobs'
import { usageError } from '../command-error.js'
import { readSmallInput } from '../local-files.js'

const AMOUNTS = ['putPer10000', 'getPer10000', 'downPerGb', 'kmsPer10000'] as const

/** Prices of the user's own; undefined where he names no file. @throws CommandError for a file that has none. */
export async function readPrices(path: string | undefined, signal: AbortSignal): Promise<Prices | undefined> {
  if (path === undefined) return undefined
  const text = (await readSmallInput(path, signal)).toString()
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw usageError(`${path} is no JSON`)
  }
  const found = Object(read) as Readonly<Record<string, unknown>>
  const { currency } = found
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    throw usageError(`${path} has no currency`, 'such as "currency": "CNY"')
  const wrong = AMOUNTS.find((name) => !(typeof found[name] === 'number' && found[name] >= 0))
  if (wrong !== undefined) throw usageError(`${path} has no price ${wrong}`, 'a number, 0 where it is free')
  return { currency, ...(Object.fromEntries(AMOUNTS.map((name) => [name, found[name]])) as Omit<Prices, 'currency'>) }
}
