import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { countResults, listRetried } from './test-results.mjs'

const folder = mkdtempSync(join(tmpdir(), 'osscrypt-results-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function count(numbers: object, exitCode: number): ReturnType<typeof countResults> {
  const path = join(folder, 'report.json')
  const nothing = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  writeFileSync(path, JSON.stringify({ ...nothing, ...numbers }))
  return countResults(path, exitCode)
}

test('what was skipped or left to do did not pass', () => {
  const counted = count({ numPassedTests: 5, numPendingTests: 2, numTodoTests: 1 }, 0)
  expect(counted).toEqual({ passed: 5, failed: 0, skipped: 3 })
})

test('a file that could not be run is a failure beside the failed tests', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ]
  const counted = count({ numPassedTests: 1, numFailedTests: 1, testResults }, 1)
  expect(counted).toEqual({ passed: 1, failed: 2, skipped: 0 })
})

test('a run that ended badly, ran nothing or left no report has failed', () => {
  expect(count({ numPassedTests: 5 }, 1).failed).toBe(1)
  expect(count({}, 0).failed).toBe(1)
  expect(countResults(join(folder, 'none.json'), 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('what passed at its second attempt passed, and is named', () => {
  const assertionResults = [
    { status: 'passed', fullName: 'slow', failureMessages: ['Error: too late\n  at x'] },
    { status: 'passed', fullName: 'quick', failureMessages: [] },
    { status: 'failed', fullName: 'broken', failureMessages: ['Error: wrong'] },
  ]
  count({ numPassedTests: 2, numFailedTests: 1, testResults: [{ status: 'failed', assertionResults }] }, 1)
  expect(listRetried(join(folder, 'report.json'))).toEqual(['slow: Error: too late'])
})
