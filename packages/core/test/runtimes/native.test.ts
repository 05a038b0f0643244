import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ByteSink } from '../../src/binary/byte-sink.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import { EngineProcess } from '../../src/runtimes/native/engine-process.ts'
import { SaidReader } from '../../src/runtimes/native/frames.ts'
import { nativeEngines } from '../../src/runtimes/native/engines.ts'
import { startNativeGuest } from '../../src/runtimes/native/native-guest.ts'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { probeEngine } from '../../src/runtimes/native/probe-engine.ts'
import type { RuntimeAdapter } from '../../src/runtimes/runtime-adapter.ts'
import { fixture, native, workloads } from '../containers/modules.ts'
import { within } from '../both/case.ts'
import { enginePids } from './engines/engine-pids.ts'
import { nodeWasi } from './engines/use-engines.ts'

const processes: EngineProcess[] = []

/** An engine whose processes the test can reach. */
function engineOf(script: string, ...args: string[]): RuntimeAdapter {
  return {
    name: 'wasmtime',
    execution: 'process',
    probe: () => Promise.resolve({ available: true }),
    start: (prepared, host) =>
      startNativeGuest({
        prepared,
        host,
        engine: 'wasmtime',
        hasMemories: true,
        startTimeoutMs: 1500,
        open(bytes) {
          const opened = openScript(bytes, [path(script), ...args])
          processes.push(opened)
          return opened
        },
      }),
  }
}

let folder = ''
let modules = 0
const pending: Promise<void>[] = []

function openScript(bytes: Uint8Array, args: readonly string[]): EngineProcess {
  const file = join(folder, `${(modules += 1)}.wasm`)
  pending.push(writeFile(file, bytes))
  const command = {
    path: process.execPath,
    args: ['--no-warnings', ...args, file],
    cwd: folder,
    env: {},
  }
  return new EngineProcess(command, 100)
}

function path(script: string): string {
  return fileURLToPath(new URL(`engines/${script}`, import.meta.url))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaesup-native-'))
})

afterAll(async () => {
  await Promise.all(pending)
  await rm(folder, { recursive: true, force: true })
})

/** No process of this test is left, not even a dead one that nobody asked for its end. */
async function expectAllGone(): Promise<void> {
  await Promise.all(processes.map(({ gone }) => gone))
  for (const { pid } of processes.splice(0)) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
}

describe('an engine that is not what it claims to be', () => {
  test.each([
    ['garbage', 'STARTUP_FAILED'],
    ['text without end', 'STARTUP_FAILED'],
    ['lines without end', 'STARTUP_FAILED'],
    ['wrong version', 'STARTUP_FAILED'],
    ['too much memory', 'STARTUP_FAILED'],
    ['oversized reply', 'STARTUP_FAILED'],
    ['more arguments than there are', 'STARTUP_FAILED'],
    ['import that is not there', 'STARTUP_FAILED'],
    ['babble', 'STARTUP_FAILED'],
    ['dies', 'STARTUP_FAILED'],
  ])('that sends "%s" fails the start, and is ended', async (manner, code) => {
    const manager = new ContainerManager({ runtimes: [engineOf('hostile.ts', manner)] })
    await expect(manager.run(native, { runtime: 'wasmtime' })).rejects.toMatchObject({ code })
    await expectAllGone()
    expect(manager.list()).toEqual([])
  })

  test('that tells its trap where the driver speaks is understood', async () => {
    const engine = engineOf('hostile.ts', 'tells its trap on stdout')
    const manager = new ContainerManager({ runtimes: [engine] })
    await expect(manager.run(native, { runtime: 'wasmtime' })).rejects.toMatchObject({
      code: 'STARTUP_FAILED',
      cause: {
        code: 'TRAPPED',
        details: { reason: 'exit code 134; [error] execution failed: unreachable, Code: 0x40a' },
      },
    })
    await expectAllGone()
  })

  test.each(['stalls before', 'stalls behind a banner before', 'stalls after'])(
    'that %s its ready is ended when the time for starting is over',
    async (manner) => {
      const manager = new ContainerManager({ runtimes: [engineOf('hostile.ts', manner)] })
      const start = manager.run(native, { runtime: 'wasmtime', maxCpuTime: 100 })
      await within(20_000, () => expect(start).rejects.toMatchObject({ code: 'STARTUP_FAILED' }))
      await expectAllGone()
    },
  )
})

test('what an engine prints before its program begins is passed over, however it is cut', () => {
  const ready = Buffer.alloc(24)
  ready.set([8, 0, 0, 0, 2])
  const all = Buffer.concat([Buffer.from('[info] compile start\n[info] ready\n'), ready])
  for (let size = 1; size <= all.length; size += 1) {
    const words: string[] = []
    const reader = new SaidReader(10, (bytes) => words.push(Buffer.from(bytes).toString()))
    const said = Array.from({ length: Math.ceil(all.length / size) }, (_, n) => [
      ...reader.push(all.subarray(n * size, (n + 1) * size)),
    ]).flat()
    expect(said).toMatchObject([{ number: 8, pages: 2 }])
    expect(words.join('')).toBe('[info] compile start\n[info] ready\n')
  }
})

describe('an engine that goes', () => {
  async function run(): Promise<{
    manager: ContainerManager
    container: Awaited<ReturnType<ContainerManager['run']>>
    last: () => EngineProcess
  }> {
    const manager = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
    const container = await manager.run(native, { runtime: 'wasmtime' })
    const last = (): EngineProcess => processes.at(-1) ?? expect.fail('no process was started')
    return { manager, container, last }
  }

  test('in the middle of a call rejects the call and refuses those that wait', async () => {
    const { manager, container, last } = await run()
    await container.call('increment')
    const calls = [container.call('spin'), container.call('increment'), container.call('increment')]
    setTimeout(() => process.kill(last().pid, 'SIGKILL'), 100)
    const codes = await Promise.all(calls.map((one) => one.then(() => '', codeOf)))
    expect(codes).toEqual(['RUNTIME_LOST', 'STOPPED', 'STOPPED'])
    expect(container.status).toBe('error')
    expect((await container.healthCheck()).message).toContain('SIGKILL')
    await container.restart()
    expect(await container.call('increment')).toBe(1)
    await manager.cleanup()
    await expectAllGone()
  })

  test('between two calls is noticed at once', async () => {
    const { manager, container, last } = await run()
    const errors: unknown[] = []
    manager.events.on('container:error', ({ error }) => errors.push(codeOf(error)))
    process.kill(last().pid, 'SIGKILL')
    await last().gone
    await expect.poll(() => errors).toEqual(['RUNTIME_LOST'])
    expect(container.status).toBe('error')
    await manager.cleanup()
    await expectAllGone()
  })

  test('silent is ended a second after maxCpuTime', async () => {
    const manager = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
    const container = await manager.run(native, { runtime: 'wasmtime', maxCpuTime: 100 })
    const pid = processes.at(-1)?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    const call = container.call('increment')
    await within(20_000, () =>
      expect(call).rejects.toMatchObject({ code: 'TIME_LIMIT', details: { lost: 'process' } }),
    )
    expect(container.status).toBe('error')
    await manager.cleanup()
    await expectAllGone()
  })

  test('leaves the others alone', async () => {
    const { manager, container } = await run()
    const other = await manager.run(native, { runtime: 'wasmtime' })
    await expect(container.call('trap')).rejects.toMatchObject({ code: 'TRAPPED' })
    expect(await other.call('increment')).toBe(1)
    await manager.cleanup()
    await expectAllGone()
  })
})

test('a thousand calls and their state are in one process', async () => {
  const manager = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
  const container = await manager.run(native, { runtime: 'wasmtime' })
  for (let n = 0; n < 1000; n += 1) await container.call('increment')
  expect(container.state).toBe(1000)
  expect(processes.length).toBe(1)
  await manager.cleanup()
  await expectAllGone()
})

test('every function gives the same in an engine as in this thread', async () => {
  const manager = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
  const [here, there] = await Promise.all([
    manager.run(workloads),
    manager.run(workloads, { runtime: 'wasmtime' }),
  ])
  const calls: [string, number[]][] = [
    ['fib', [20]],
    ['collatz', [3000]],
    ['sieve', [2]],
    ['quicksort', [2000, 7]],
    ['interpret', [500, 3]],
    ['mixed', [1000]],
    ['divide', [-7, 2]],
    ['deep', [100]],
    ['count', []],
  ]
  for (const [name, args] of calls)
    expect([name, await there.call(name, args)]).toEqual([name, await here.call(name, args)])
  expect(there.functions).toEqual(here.functions)
  await manager.cleanup()
  await expectAllGone()
})

/** A module that imports one function without parameters. */
function importing(module: string, name: string): Uint8Array {
  const type = new ByteSink().u32(1).bytes([0x60, 0, 0]).finish()
  const asked = new ByteSink().u32(1).name(module).name(name).bytes([0, 0]).finish()
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  return new ByteSink().bytes(header).u8(1).sized(type).u8(2).sized(asked).finish()
}

test('files, the network and imports that nothing provides are refused when the module starts', async () => {
  const manager = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
  const run = (name: string, config = {}): Promise<unknown> =>
    manager.run(fixture(name), { runtime: 'wasmtime', ...config })
  const forbidden = (option: string): unknown =>
    expect.objectContaining({
      code: 'FORBIDDEN',
      message: expect.stringContaining(option) as string,
    })
  const isolation = { fileSystemAccess: true }
  for (const name of ['reactor.wasm', 'command.wasm'])
    await expect(run(name, { isolation })).rejects.toEqual(forbidden('fileSystemAccess'))
  const networkAccess = { hosts: ['api.example.com'] }
  await expect(run('http-native.wasm', { networkAccess })).rejects.toEqual(
    forbidden('networkAccess'),
  )
  // WasmEdge would open sockets for it; the kernel's own functions are not for plugins.
  for (const [module, name] of [
    ['wasi_snapshot_preview1', 'sock_open'],
    ['extism:host/env', 'begin'],
    ['gaesup', 'exit'],
  ] as const)
    await expect(manager.run(importing(module, name), { runtime: 'wasmtime' })).rejects.toEqual(
      forbidden(`${module}.${name}`),
    )
  const allowedImports = ['gaesup.error']
  await expect(run('native.wasm', { allowedImports })).rejects.toEqual(forbidden('gaesup.emit'))
  expect(processes).toEqual([])
})

test('plugins are refused where an engine has one memory only, and components everywhere', async () => {
  const runtimes = [createNativeRuntime({ ...nodeWasi, hasMemories: false })]
  const manager = new ContainerManager({ runtimes })
  const witSource = `package test:it; world it {
    export shout: func(text: string) -> string;
    export add: func(by: u64) -> u64;
    export spin: func();
    export hog: func() -> u32;
    export checked-half: func(n: u32) -> result<u32, string>;
  }`
  const binary = fixture('component.core.wasm')
  const embedded = await componentEmbed({ binary, witSource, world: 'it' })
  const component = new Uint8Array(await componentNew(embedded, []))
  for (const [bytes, abi, why] of [
    [fixture('plugin.wasm'), 'extism', 'several memories'],
    [component, 'component', 'JavaScript'],
  ] as const) {
    await expect(manager.run(bytes, { runtime: 'wasmtime' })).rejects.toMatchObject({
      code: 'MODULE_UNSUPPORTED',
      message: expect.stringContaining(why) as string,
      details: { abi },
    })
  }
  expect(await enginePids()).toEqual([])
})

test('modules with tail calls are refused where an engine is not known to take them', async () => {
  const runtimes = [createNativeRuntime({ ...nodeWasi, hasTailCalls: false })]
  const manager = new ContainerManager({ runtimes })
  await expect(
    manager.run(fixture('../meter/tail-calls.wasm'), { runtime: 'wasmtime' }),
  ).rejects.toMatchObject({
    code: 'MODULE_UNSUPPORTED',
    message: expect.stringContaining('tail calls') as string,
  })
  expect(await enginePids()).toEqual([])
})

test('the module’s file is gone once the engine has read it', async () => {
  const [engine] = nativeEngines
  if (engine === undefined) expect.fail('there are no engines')
  const files = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('gaesup-engine-'))
  let seen: string[] = []
  const args = (modulePath: string): string[] => {
    seen = [modulePath.split('/').at(-2) ?? '']
    return ['--no-warnings', path('node-wasi.ts'), modulePath]
  }
  const runtime = createNativeRuntime({ ...engine, command: process.execPath, args })
  const manager = new ContainerManager({ runtimes: [runtime] })
  const container = await manager.run(native, { runtime: 'wasmtime' })
  expect(seen).toEqual([expect.stringMatching(/^gaesup-engine-/)])
  await expect.poll(async () => (await files()).includes(seen[0] ?? '')).toBe(false)
  expect(await container.call('increment')).toBe(1)
  await manager.cleanup()
})

describe('an engine on the PATH', () => {
  const before = process.env['PATH']

  afterEach(() => {
    process.env['PATH'] = before
  })

  test.each([
    ['wasmtime', 'wasmtime 30.0.0 (abc)', 'run'],
    // Its own path stands before its version.
    ['wasmedge', '/opt/wasmedge-0.11.2/wasmedge version 0.14.1', 'run'],
    ['wasmer', 'wasmer 6.0.1', 'run'],
  ] as const)(
    'is taken by its name, with its own command line: %s',
    async (name, version, verb) => {
      const bin = await mkdtemp(join(folder, 'bin-'))
      const node = `exec "${process.execPath}" --no-warnings "${path('node-wasi.ts')}"`
      const run = `[ "$1" = ${verb} ] && shift $(($# - 1)) && ${node} "$1"`
      const text = `#!/bin/sh\nif [ "$1" = --version ]; then echo "${version}"; else ${run}; fi\n`
      await writeFile(join(bin, name), text, { mode: 0o700 })
      process.env['PATH'] = `${bin}:${before}`
      const manager = new ContainerManager()
      const container = await manager.run(native, { runtime: name })
      expect([container.runtime, container.execution]).toEqual([name, 'process'])
      expect(await container.call('increment')).toBe(1)
      await manager.cleanup()
    },
  )

  test('is not taken by who asks for none', async () => {
    const manager = new ContainerManager()
    const container = await manager.run(native)
    expect([container.runtime, container.execution]).toEqual(['nodejs', 'in-thread'])
    await manager.cleanup()
  })

  test('that a manager was given is taken by who asks for none, where it is there', async () => {
    const given = new ContainerManager({ runtimes: [engineOf('node-wasi.ts')] })
    expect((await given.run(native)).runtime).toBe('wasmtime')
    await given.cleanup()
    const [engine] = nativeEngines
    if (engine === undefined) expect.fail('there are no engines')
    const absent = new ContainerManager({
      runtimes: [createNativeRuntime(engine, { path: '/no/such' })],
    })
    expect((await absent.run(native)).runtime).toBe('nodejs')
    await absent.cleanup()
    await expectAllGone()
  })

  test('has no place that it does not run in', async () => {
    const manager = new ContainerManager()
    const run = manager.run(native, { runtime: 'wasmtime', execution: 'worker' })
    await expect(run).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('it runs with execution "process" only') as string,
    })
  })
})

describe('a probe', () => {
  const wanted = { command: 'wasmtime', oldest: [14, 0] } as const

  test('tells the version of what answers with one', async () => {
    const found = await probeEngine({ command: process.execPath, oldest: [20, 0] })
    expect(found).toEqual({
      available: true,
      path: process.execPath,
      version: process.version.slice(1),
    })
  })

  test.each([
    ['is not there', 'no-such-engine', undefined, /is not on the PATH/],
    ['is no file', '/no/such/engine', undefined, /there is no "\/no\/such\/engine"/],
    [
      'may not be executed',
      'engine',
      { text: 'wasmtime 20.0.0', mode: 0o600 },
      /may not be executed/,
    ],
    ['is too old', 'engine', { text: 'echo wasmtime 1.2.3' }, /version 1\.2\.3; 14\.0 or newer/],
    ['tells no version', 'engine', { text: 'echo hello' }, /gave no version: "hello"/],
    ['fails', 'engine', { text: 'echo broken >&2; exit 3' }, /failed/],
    ['does not answer', 'engine', { text: 'sleep 30' }, /no answer within 300 ms/],
  ])('tells that an engine %s', async (...[, command, file, reason]) => {
    if (file === undefined) {
      const found = await probeEngine({ ...wanted, command })
      return expect(found).toMatchObject({
        available: false,
        reason: expect.stringMatching(reason) as string,
      })
    }
    const engine = join(await mkdtemp(join(folder, 'probe-')), command)
    await writeFile(engine, `#!/bin/sh\nexec 2>&1\n${file.text}\n`)
    await chmod(engine, 'mode' in file ? file.mode : 0o700)
    const found = await probeEngine(wanted, { path: engine, timeoutMs: 300 })
    expect(found).toMatchObject({
      available: false,
      reason: expect.stringMatching(reason) as string,
    })
  })

  test('is made once, and its reason is in the error', async () => {
    const [engine] = nativeEngines
    if (engine === undefined) expect.fail('there are no engines')
    const runtime = createNativeRuntime(engine, { path: '/no/such/engine' })
    const first = await runtime.probe()
    expect(await runtime.probe()).toBe(first)
    const manager = new ContainerManager({ runtimes: [runtime] })
    await expect(manager.run(native, { runtime: 'wasmtime' })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('there is no "/no/such/engine"') as string,
    })
  })
})

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code
}
