import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addUp, forgetReports, print } from '../summary.mjs'
import { workspace } from './workspace.mjs'

const vitestReport = {
  passed: 3,
  failed: [
    {
      title: 'a.test.ts > counts',
      reason: '\u001B[31mexpected 1 to be 2\u001B[39m\n\n- Expected',
    },
  ],
  skipped: [{ title: 'talks to the engine', reason: 'no Docker engine answers' }],
}
const playwrightReport = {
  stats: { expected: 2, flaky: 1, unexpected: 1, skipped: 1 },
  errors: [],
  suites: [
    {
      title: 'page.spec.ts',
      specs: [],
      suites: [
        {
          title: 'console',
          specs: [
            { title: 'shows a card', tests: [{ status: 'expected', annotations: [] }] },
            {
              title: 'closes a session',
              tests: [
                {
                  status: 'unexpected',
                  annotations: [],
                  results: [{ error: { message: 'Error: element is not visible\nCall log' } }],
                },
              ],
            },
            {
              title: 'opens a session',
              tests: [
                { status: 'skipped', annotations: [{ type: 'skip', description: 'no browser' }] },
              ],
            },
          ],
        },
      ],
    },
  ],
}

function printed(total) {
  const lines = []
  print(total, (line) => lines.push(line))
  return lines
}

describe('addUp', () => {
  it('adds the reports of vitest and Playwright', () => {
    const root = workspace({
      'packages/a/test-results/report.json': vitestReport,
      'e2e/test-results/report.json': playwrightReport,
    })
    const total = addUp(root, ['packages/a', 'e2e'])
    expect([total.passed, total.failed, total.skipped.length]).toEqual([6, 2, 2])
  })

  it('counts a project without a report as a failure', () => {
    const total = addUp(workspace({}), ['packages/a'])
    expect(total.failed).toBe(1)
    expect(total.notes).toEqual([expect.stringContaining('packages/a: no test report')])
  })

  it('counts errors that Playwright met outside a test', () => {
    const root = workspace({
      'e2e/test-results/report.json': {
        stats: { expected: 0, flaky: 0, unexpected: 0 },
        errors: [{}],
        suites: [],
      },
    })
    expect(addUp(root, ['e2e']).failed).toBe(1)
  })

  it('leaves out reports of projects that were not asked for', () => {
    const root = workspace({
      'packages/a/test-results/report.json': vitestReport,
      'packages/b/test-results/report.json': vitestReport,
    })
    expect(addUp(root, ['packages/a']).passed).toBe(3)
  })

  it('never sees a report from an earlier run', () => {
    const root = workspace({ 'packages/a/test-results/report.json': vitestReport })
    forgetReports(root, ['packages/a'])
    expect(existsSync(join(root, 'packages/a/test-results/report.json'))).toBe(false)
    expect(addUp(root, ['packages/a'])).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('print', () => {
  it('ends with the counts alone on a line', () => {
    const root = workspace({ 'e2e/test-results/report.json': playwrightReport })
    expect(printed(addUp(root, ['e2e'])).at(-1)).toBe('3 passed, 1 failed, 1 skipped')
  })

  it('names the reason of each skipped test, and each failed one with the first line of its error', () => {
    const root = workspace({
      'packages/a/test-results/report.json': vitestReport,
      'e2e/test-results/report.json': playwrightReport,
    })
    expect(printed(addUp(root, ['packages/a', 'e2e']))).toEqual([
      'skipped, no Docker engine answers:',
      '  packages/a: talks to the engine',
      'skipped, no browser:',
      '  e2e: page.spec.ts > console > opens a session',
      'packages/a: 1 failed:',
      '  a.test.ts > counts: expected 1 to be 2',
      'e2e: 1 failed:',
      '  page.spec.ts > console > closes a session: Error: element is not visible',
      '6 passed, 2 failed, 2 skipped',
    ])
  })
})
