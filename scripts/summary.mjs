/** Adds up what the test runners of every package reported. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Prints why tests were skipped and, as the last line, `N passed, N failed, N skipped`.
 *
 * @returns how many tests failed
 */
export function summarise(root) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const file of reports(root)) {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    const counted = 'stats' in report ? fromPlaywright(report) : fromVitest(report)
    for (const key of Object.keys(total)) total[key] += counted[key]
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed
}

function reports(root) {
  const projects = ['packages', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  return [...projects, join(root, 'e2e')].map((project) => join(project, 'test-results', 'report.json')).filter((file) => existsSync(file))
}

function fromVitest(report) {
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped: report.numPendingTests + report.numTodoTests }
}

function fromPlaywright(report) {
  const { expected, flaky, unexpected, skipped } = report.stats
  return { passed: expected + flaky, failed: unexpected, skipped }
}
