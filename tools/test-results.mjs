// Counts the results in a report of vitest's JSON reporter. As a command: prints `<passed> <failed> <skipped>`.
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

/**
 * @param {string} path
 * @returns {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[],
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
  console.log(`${passed} ${failed} ${skipped}`)
}
