import type { SuiteCase } from 'osscrypt/testing'
import { describe, test } from 'vitest'

/** Runs a suite's cases as tests. */
export function runSuite(title: string, cases: readonly SuiteCase[]): void {
  describe(title, () => {
    for (const { name, run } of cases) test(name, run)
  })
}

/** The names of the cases that an implementation fails. */
export async function failures(cases: readonly SuiteCase[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run()))
  return cases.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name)
}
