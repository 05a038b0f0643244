import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node'

/** Counts of one project's test run, and why each skipped test was skipped. `scripts/summary.mjs` adds them up. */
export interface TestCounts {
  passed: number
  failed: number
  skipped: { title: string; reason: string }[]
}

/** Writes {@link TestCounts} to `test-results/report.json`; vitest's own JSON report leaves out why a test was skipped. */
export class CountReporter implements Reporter {
  #file = 'test-results/report.json'

  onInit(vitest: Vitest): void {
    this.#file = join(vitest.config.root, this.#file)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    // A run that found no test file leaves no report, and so counts as a failure.
    if (modules.length === 0 && unhandled.length === 0) return
    const counts: TestCounts = { passed: 0, failed: unhandled.length, skipped: [] }
    for (const module of modules) countModule(module, counts)
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(this.#file, JSON.stringify(counts, null, 2))
  }
}

function countModule(module: TestModule, counts: TestCounts): void {
  // A file that fails to load, or a hook of a suite that throws, fails without failing a test.
  counts.failed += module.errors().length
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
  for (const test of module.children.allTests()) {
    const result = test.result()
    if (result.state === 'passed') counts.passed += 1
    else if (result.state === 'skipped')
      counts.skipped.push({ title: test.fullName, reason: result.note ?? 'no reason given' })
    else counts.failed += 1
  }
}
