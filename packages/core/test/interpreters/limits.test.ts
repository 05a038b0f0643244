import { expect, test } from 'vitest'
import { createFunctionRunner, createInterpreters } from '../../src/interpreters/index.ts'
import { keptLimits } from '../../src/interpreters/limits.ts'

const limits = { timeoutMs: 1000, cpuMs: 1000, maxOutputBytes: 1000 }

test('limits longer than timers know are as long as they go, and no limit is none', () => {
  const most = 2 ** 31 - 1
  expect(keptLimits({ timeoutMs: 3e9, cpuMs: Infinity, maxOutputBytes: Infinity })).toEqual({
    timeoutMs: most,
    cpuMs: most,
    maxOutputBytes: Number.MAX_SAFE_INTEGER,
  })
  expect(keptLimits({ ...limits, timeoutMs: 0.5 })).toEqual({ ...limits, timeoutMs: 0.5 })
})

test.each([
  { timeoutMs: Number.NaN },
  { timeoutMs: '1000' },
  { cpuMs: -1 },
  { maxOutputBytes: null },
])('a limit that is none is refused: %j', (wrong) => {
  expect(() => keptLimits({ ...limits, ...wrong } as never)).toThrow(
    expect.objectContaining({ code: 'LIMIT_OUT_OF_RANGE' }),
  )
})

test.each([
  null,
  'x',
  { bogus: 1 },
  { warm: 'x' },
  { warm: { python: -1 } },
  { warm: { ruby: 1 } },
  { maxProcesses: 0 },
  { maxProcesses: Number.NaN },
])('engines and runners refuse the options %j before anything starts', (options) => {
  expect(() => createInterpreters(options as never)).toThrow(TypeError)
  expect(() => createFunctionRunner(options as never)).toThrow(TypeError)
})

test.each([{ idleMs: 2 ** 31 }, { idleMs: Number.NaN }, { directory: 5 }, { maxFileBytes: -1 }])(
  'engines refuse the options %j',
  (options) => {
    expect(() => createInterpreters(options as never)).toThrow(TypeError)
  },
)

test.each([
  { loadTimeoutMs: 2 ** 31 },
  { maxCpuMs: '5' },
  { diskBytes: -1 },
  { maxOutputBytes: Number.NaN },
])('runners refuse the options %j', (options) => {
  expect(() => createFunctionRunner(options as never)).toThrow(TypeError)
})

test('a command with limits without end runs to its own end', async () => {
  const engine = createInterpreters({ warm: { python: 0 } })
  try {
    const session = await engine.create({
      sessionId: 'unhurried',
      language: 'javascript',
      memoryLimitBytes: 2 ** 27,
      diskLimitBytes: 2 ** 24,
      inodeLimit: 1000,
    })
    const command = { argv: ['node', '-e', 'console.log(1)'], cwd: '/workspace', env: {} }
    const { signal } = new AbortController()
    const run = (timeoutMs: number, more = Infinity): ReturnType<typeof session.exec> =>
      session.exec(command, {
        timeoutMs,
        cpuMs: more,
        maxOutputBytes: more,
        signal,
        onOutput: () => undefined,
      })
    expect(await run(Infinity)).toMatchObject({ exitCode: 0 })
    await expect(run(Number.NaN)).rejects.toMatchObject({ code: 'LIMIT_OUT_OF_RANGE' })
    expect(await run(3e9, 3e9)).toMatchObject({ exitCode: 0 })
  } finally {
    await engine.close()
  }
})
