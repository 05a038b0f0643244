/** Adds up what the test runners of every project reported. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

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
    total.failed += counted.failed.length
    total.skipped.push(
      ...counted.skipped.map(({ title, reason }) => ({ title: `${project}: ${title}`, reason })),
    )
    if (counted.failed.length > 0)
      total.notes.push(
        `${project}: ${counted.failed.length} failed:`,
        ...counted.failed.map(({ title, reason }) => `  ${title}: ${firstLine(reason)}`),
      )
  }
  return total
}

/** Prints why tests were skipped, what failed and how, and as the last line `N passed, N failed, N skipped`. */
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

/** Of a message, which may hold a picture of the page or colours of a terminal. */
function firstLine(text) {
  return stripVTControlCharacters(text).split('\n', 1)[0].slice(0, 300)
}

function fromPlaywright(report) {
  const { expected, flaky } = report.stats
  const tests = report.suites.flatMap((suite) => testsIn(suite, []))
  return {
    passed: expected + flaky,
    failed: [
      ...tests.filter(({ status }) => status === 'unexpected').map(failureOf),
      // Errors outside a test (a config that does not load, a web server that does not start) belong to no test.
      ...(report.errors ?? []).map(({ message }) => ({
        title: 'outside every test',
        reason: message ?? 'no message',
      })),
    ],
    skipped: tests
      .filter(({ status }) => status === 'skipped')
      .map(({ title, annotations }) => ({
        title,
        reason:
          annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description ??
          'no reason given',
      })),
  }
}

function failureOf({ title, results }) {
  const error = results?.findLast(({ error }) => error !== undefined)?.error
  return { title, reason: error?.message ?? 'it did not end' }
}

function testsIn(suite, titles) {
  const here = [...titles, suite.title]
  const own = (suite.specs ?? []).flatMap((spec) =>
    spec.tests.map((test) => ({ ...test, title: [...here, spec.title].join(' > ') })),
  )
  return [...own, ...(suite.suites ?? []).flatMap((child) => testsIn(child, here))]
}
