import type { Settings } from '../config/settings.js'

/** The CMKs that what a job writes is to be under, as its specification names them: nobody goes on with it under others. */
export function namedCmks({ cmks, writesUnder }: Pick<Settings, 'cmks' | 'writesUnder'>): {
  readonly cmkArns?: readonly string[]
} {
  return writesUnder === 'cmk' && cmks.length > 0 ? { cmkArns: [...cmks].sort() } : {}
}
