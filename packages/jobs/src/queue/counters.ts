import type { Outcome } from '../operations/outcome.js'
import { addOutcome, noTotals, type Count, type Totals } from '../runner/totals.js'

/** A number of Redis, and what is added to it. */
type Counter = readonly [field: string, amount: number]

/** What an outcome adds to the counters that totals are kept in. Those fields of totals that are by key have the key at the end of the counter's name. */
export function countersOf(outcome: Outcome): readonly Counter[] {
  return Object.entries(addOutcome(noTotals, outcome)).flatMap(([group, value]: [string, Count | object]) =>
    isCount(value)
      ? countersOfCount(group, value)
      : Object.entries(value as Record<string, Count>).flatMap(([key, count]) => countersOfCount(group, count, key)),
  )
}

function countersOfCount(group: string, { objects, bytes }: Count, key?: string): Counter[] {
  const tail = key === undefined ? '' : ` ${key}`
  const counters: Counter[] = [
    [`${group} objects${tail}`, objects],
    [`${group} bytes${tail}`, bytes],
  ]
  return counters.filter(([, amount]) => amount !== 0)
}

/** The totals that counters say. Those that were taken back to nothing are left out. */
export function totalsOf(counters: Readonly<Record<string, string>>): Totals {
  const totals = structuredClone(noTotals) as unknown as Record<string, Count | Record<string, Count>>
  for (const [field, text] of Object.entries(counters)) {
    const [, group = '', measure = '', , key] = /^(\w+) (objects|bytes)( (.*))?$/s.exec(field) ?? []
    const value = Object.hasOwn(totals, group) ? totals[group] : undefined
    if (value === undefined || text === '0') continue
    const amount = { [measure]: Number(text) }
    if (key === undefined) totals[group] = { ...(value as Count), ...amount }
    else
      totals[group] = Object.fromEntries([
        ...Object.entries(value),
        [key, { objects: 0, bytes: 0, ...ownEntry(value as Record<string, Count>, key), ...amount }],
      ])
  }
  return totals as unknown as Totals
}

function ownEntry(record: Readonly<Record<string, Count>>, key: string): Count | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function isCount(value: object): value is Count {
  return 'objects' in value && typeof value.objects === 'number'
}
