// Counts the results in a report of vitest's JSON reporter. As a command: prints `<passed> <failed> <skipped>`, and to stderr which tests took two attempts.
import { readFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

/** Counts tests. What was skipped or left to do did not pass; a file that could not be run is one failure; a run that ended
 * badly has at least one failure, and so has one that ran nothing.
 * @param {string} reportPath
 * @param {number} exitCode how vitest ended
 */
export function countResults(reportPath, exitCode) {
  const report = readReport(reportPath)
  const passed = report.numPassedTests
  const skipped = report.numPendingTests + report.numTodoTests
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length
  const failed = report.numFailedTests + brokenFiles
  const endedBadly = exitCode !== 0 || passed === 0
  return { passed, failed: failed === 0 && endedBadly ? 1 : failed, skipped }
}

/** Tests that passed at their second attempt: where a machine is busy, that may be time; where it happens again, it is a fault.
 * @param {string} reportPath
 */
export function listRetried(reportPath) {
  return readReport(reportPath).testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0]?.split('\n')[0]}`),
  )
}

/**
 * @param {string} path
 * @returns {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string, fullName?: string, failureMessages?: string[] }[] }[],
 * }}
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed, skipped } = countResults(argv[2] ?? '', Number(argv[3] ?? 0))
  for (const line of listRetried(argv[2] ?? '')) console.error(`Passed at the second attempt: ${line}`)
  console.log(`${passed} ${failed} ${skipped}`)
}
