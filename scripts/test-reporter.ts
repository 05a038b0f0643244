import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node'

/** One project's test run: what passed, what failed and how, what was skipped and why. `scripts/summary.mjs` adds them up. */
export interface TestCounts {
  passed: number
  failed: { title: string; reason: string }[]
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
    const counts: TestCounts = { passed: 0, failed: [], skipped: [] }
    addErrors(counts, 'outside every test', unhandled)
    for (const module of modules) countModule(module, counts)
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(this.#file, JSON.stringify(counts, null, 2))
  }
}

function countModule(module: TestModule, counts: TestCounts): void {
  const file = module.relativeModuleId
  // A file that fails to load, or a hook of a suite that throws, fails without failing a test.
  addErrors(counts, file, module.errors())
  for (const suite of module.children.allSuites())
    addErrors(counts, `${file} > ${suite.fullName}`, suite.errors())
  for (const test of module.children.allTests()) {
    const result = test.result()
    const title = `${file} > ${test.fullName}`
    if (result.state === 'passed') counts.passed += 1
    else if (result.state === 'skipped')
      counts.skipped.push({ title: test.fullName, reason: result.note ?? 'no reason given' })
    else counts.failed.push({ title, reason: result.errors?.[0]?.message ?? 'it did not end' })
  }
}

function addErrors(counts: TestCounts, title: string, errors: readonly SerializedError[]): void {
  for (const { message } of errors) counts.failed.push({ title, reason: message })
}
