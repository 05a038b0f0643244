/** Adds up what the test runners of every project reported. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const reportOf = (root, project) => join(root, project, 'test-results', 'report.json')

/** Removes earlier reports, so that only this run (or Nx, restoring a cached result) can have written what is counted. */
export function forgetReports(root, projects) {
  for (const project of projects) rmSync(reportOf(root, project), { force: true })
}

/**
 * Adds up the reports of the given projects. A project without a report ran no test, and counts as one failure.
 *
 * @param {string} root folder of the repository
 * @param {string[]} projects folders of the projects whose tests were asked for
 * @returns {{passed: number, failed: number, skipped: {title: string, reason: string}[], notes: string[]}}
 */
export function addUp(root, projects) {
  const total = { passed: 0, failed: 0, skipped: [], notes: [] }
  for (const project of projects) {
    const counted = readReport(reportOf(root, project))
    if (counted === undefined) {
      total.failed += 1
      total.notes.push(
        `${project}: no test report, so its tests did not run (its build failed, or the runner crashed).`,
      )
      continue
    }
    total.passed += counted.passed
    total.failed += counted.failed
    total.skipped.push(
      ...counted.skipped.map(({ title, reason }) => ({ title: `${project}: ${title}`, reason })),
    )
    if (counted.failed > 0) total.notes.push(`${project}: ${counted.failed} failed.`)
  }
  return total
}

/** Prints why tests were skipped, what failed, and as the last line `N passed, N failed, N skipped`. */
export function print({ passed, failed, skipped, notes }, write = console.log) {
  const reasons = new Map()
  for (const { title, reason } of skipped)
    reasons.set(reason, [...(reasons.get(reason) ?? []), title])
  for (const [reason, titles] of reasons) {
    write(`skipped, ${reason}:`)
    for (const title of titles) write(`  ${title}`)
  }
  for (const note of notes) write(note)
  write(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
}

function readReport(file) {
  if (!existsSync(file)) return undefined
  const report = JSON.parse(readFileSync(file, 'utf8'))
  return 'stats' in report ? fromPlaywright(report) : report
}

function fromPlaywright(report) {
  const { expected, flaky, unexpected } = report.stats
  return {
    passed: expected + flaky,
    // Errors outside a test (a config that does not load, a web server that does not start) belong to no test.
    failed: unexpected + (report.errors?.length ?? 0),
    skipped: report.suites.flatMap((suite) => skippedIn(suite, [])),
  }
}

function skippedIn(suite, titles) {
  const here = [...titles, suite.title]
  const own = (suite.specs ?? []).flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === 'skipped')
      .map((test) => ({
        title: [...here, spec.title].join(' > '),
        reason:
          test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description ??
          'no reason given',
      })),
  )
  return [...own, ...(suite.suites ?? []).flatMap((child) => skippedIn(child, here))]
}
