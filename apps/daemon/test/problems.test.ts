import { beforeEach, describe, expect, it } from 'vitest'
import { createProblems, type Problems } from '../src/problems.ts'
import { createAuditSink, reportFiles, reportFunctions } from '../src/watching.ts'

let lines: string[]
let nowMs: number
let problems: Problems
beforeEach(() => {
  lines = []
  nowMs = 0
  problems = createProblems({ print: (line) => lines.push(line), now: () => nowMs })
})

describe('problems', () => {
  it('are said once a minute, with how many were not said', () => {
    for (; nowMs < 60_000; nowMs += 1000) problems.report('disk', 'full')
    expect(lines).toEqual(['gaesup: disk: full'])
    problems.report('disk', 'still full')
    expect(lines.at(-1)).toBe('gaesup: disk: still full (59 more since)')
    nowMs += 60_000
    problems.report('disk', 'full')
    expect(lines.at(-1)).toBe('gaesup: disk: full')
  })

  it('of one subject do not silence another', () => {
    problems.report('one', 'a')
    problems.report('two', 'b')
    expect(lines).toHaveLength(2)
  })

  it('say that they are over, and begin anew after that', () => {
    problems.recovered('disk')
    problems.report('disk', 'full')
    problems.recovered('disk')
    problems.recovered('disk')
    problems.report('disk', 'full')
    expect(lines).toEqual(['gaesup: disk: full', 'gaesup: disk: works again', 'gaesup: disk: full'])
  })

  it('of ever new subjects take no more memory than those of the last ones', () => {
    for (let n = 0; n < 1000; n += 1) problems.report(`subject ${n}`, 'x')
    problems.report('subject 999', 'x')
    problems.report('subject 0', 'x')
    expect(lines).toHaveLength(1001)
  })
})

describe('what is watched', () => {
  const about = { sessionId: 's', atMs: 0 }

  it('of the sandbox is what it cannot store, defects, and engines that fail', () => {
    const sink = createAuditSink(problems)
    sink.record({ type: 'store.failed', message: 'ENOSPC', ...about })
    sink.record({ type: 'store.recovered', atMs: 0 })
    sink.record({ type: 'server.failed', message: 'a defect', atMs: 0 })
    sink.record({ type: 'engine.failed', engine: 'wasm', message: 'crashed', ...about })
    sink.record({ type: 'session.closed', reason: 'closed', ...about })
    expect(lines).toEqual([
      'gaesup: session records: not stored: ENOSPC',
      'gaesup: session records: works again',
      'gaesup: sandbox: a defect',
      'gaesup: engine wasm: crashed',
    ])
  })

  it('of files is told by the engine itself, with the words of the system, and only once', () => {
    const sink = createAuditSink(problems)
    const cause = new Error('ENOSPC: no space left on device, write')
    reportFiles(problems, new Error('The files of session s could not be stored.', { cause }))
    const code = 'STORAGE_FAILED'
    sink.record({ type: 'engine.failed', engine: 'wasm', code, message: 'the same', ...about })
    expect(lines).toEqual([
      'gaesup: session files: The files of session s could not be stored. ENOSPC: no space left on device, write',
    ])
  })

  it('of functions is told by what failed', () => {
    const fault = Object.assign(new Error('the tables failed: disk full'), { storage: 'tables' })
    reportFunctions(problems, fault)
    reportFunctions(problems, fault)
    reportFunctions(problems, new TypeError('a defect'))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toBe("gaesup: functions' tables: the tables failed: disk full")
    expect(lines[1]).toContain('gaesup: functions: TypeError: TypeError: a defect')
  })
})
