import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import type { ContainerConfig } from '../../src/containers/types.ts'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { within } from '../both/case.ts'
import { fixture, withSection } from '../containers/modules.ts'
import { enginePids } from './engines/engine-pids.ts'
import { findEngines, nodeWasi } from './engines/use-engines.ts'

const { present } = await findEngines()
const engines = [{ title: 'node:wasi', engine: nodeWasi }, ...present]
const managers: ContainerManager[] = []

afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.cleanup()
  expect(await enginePids()).toEqual([])
})

describe.each(engines)('$title', ({ engine }) => {
  function start(bytes: Uint8Array, config: ContainerConfig = {}): Promise<ContainerInstance> {
    const manager = new ContainerManager({ runtimes: [createNativeRuntime(engine)] })
    managers.push(manager)
    return manager.run(bytes, { runtime: engine.name, ...config })
  }

  describe('a WASI command', () => {
    const command = fixture('command.wasm')

    test('gets arguments or input of any size, and gives its exit code and output', async () => {
      const seen: string[] = []
      const onOutput = (stream: string, bytes: Uint8Array): void =>
        void seen.push(`${stream}: ${Buffer.from(bytes).toString()}`)
      const container = await start(command, { onOutput })
      expect(container.functions).toEqual(['_start'])
      await expect(container.call('_start', ['a', 'b c', 3])).resolves.toEqual({
        exitCode: 3,
        stdout: '[a][b c][3]',
        stderr: 'done',
      })
      expect(seen.join()).toContain('stderr: done')
      await expect(container.call('_start', 'héllo 한국')).resolves.toMatchObject({
        exitCode: 0,
        stdout: 'héllo 한국',
      })
      await expect(container.call('_start', { a: 1 })).resolves.toMatchObject({ stdout: '{"a":1}' })
      const large = 'x'.repeat(150_000)
      await expect(container.call('_start', Buffer.from(large))).resolves.toMatchObject({
        stdout: large,
      })
      await expect(container.call('_start', ['a\0b'])).rejects.toBeInstanceOf(TypeError)
      for (const [args, path] of [
        [[1, { f: () => 1 }], 'args[1].f'],
        [{ n: 1n }, 'args.n'],
      ] as const)
        await expect(container.call('_start', args)).rejects.toMatchObject({
          code: 'ARGUMENT_INVALID',
          details: { path },
        })
      await expect(container.call('main')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(container.getMemoryUsage().allocated).toBeGreaterThan(65_535)
    })

    test('that runs without end is stopped by each limit, and runs again', async () => {
      const container = await start(command, { maxCpuTime: 150 })
      await within(20_000, () =>
        expect(container.call('_start', ['spin'])).rejects.toMatchObject({ code: 'TIME_LIMIT' }),
      )
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 30)
      const call = container.call('_start', ['spin'], { signal: controller.signal })
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      const fuel = await start(command, { maxFuel: 1_000_000n })
      await expect(fuel.call('_start', ['spin'])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
      const quiet = await start(command, { maxOutputBytes: 100 })
      await expect(quiet.call('_start', 'x'.repeat(5000))).rejects.toMatchObject({
        code: 'MEMORY_LIMIT',
      })
      for (const one of [container, fuel, quiet])
        await expect(one.call('_start', ['a'])).resolves.toMatchObject({ exitCode: 1 })
    })

    test('whose engine is killed in the middle says so, and runs again', async () => {
      const container = await start(command)
      const call = container.call('_start', ['spin']).catch((caught: unknown) => caught)
      await expect.poll(async () => (await enginePids()).length).toBe(1)
      // Its loop has begun once it has asked for fuel.
      await new Promise((resolve) => setTimeout(resolve, 200))
      for (const pid of await enginePids()) process.kill(pid, 'SIGKILL')
      const error = await call
      expect(error).toMatchObject({
        code: 'RUNTIME_LOST',
        message: expect.stringContaining('SIGKILL') as string,
      })
      expect((error as Error).message).not.toContain('lost')
      expect(container.status).toBe('running')
      await expect(container.call('_start', ['a'])).resolves.toMatchObject({ stdout: '[a]' })
    })

    test('ends with its container', async () => {
      const container = await start(command)
      const call = container.call('_start', ['spin']).catch((caught: unknown) => caught)
      await expect.poll(async () => (await enginePids()).length).toBe(1)
      await within(20_000, () => container.stop())
      expect(await call).toMatchObject({ code: 'STOPPED' })
    })
  })

  describe('an AssemblyScript module', () => {
    const signature = (name: string) => ({ name, parameters: [], returnType: { type: 'string' } })
    const text = withSection(fixture('text.wasm'), {
      version: 1,
      exports: [signature('shout'), signature('kept_at')],
    })

    test('gets text and gives it where its section says so, and keeps it from call to call', async () => {
      const container = await start(text)
      await expect(container.call('shout', 'hé 한국 😀')).resolves.toBe('HÉ 한국 😀!')
      await expect(container.call('length', [''])).resolves.toBe(0)
      await expect(container.call('big', [2n ** 61n])).resolves.toBe(2n ** 62n)
      for (let n = 0; n < 200; n += 1) await container.call('keep', [n % 50, `text ${n}`])
      await expect(container.call('kept_at', [49])).resolves.toBe('text 199')
      await expect(container.call('length', ['a', 'b'])).rejects.toBeInstanceOf(TypeError)
      const copy = await container.fork()
      await copy.call('keep', [49, 'other'])
      await expect(copy.call('kept_at', [49])).resolves.toBe('other')
      await expect(container.call('kept_at', [49])).resolves.toBe('text 199')
    })

    test('gets back the memory of texts that it was given', async () => {
      const container = await start(text, { maxMemory: 4 * 1024 * 1024 })
      const long = 'x'.repeat(200_000)
      for (let n = 0; n < 20; n += 1)
        await expect(container.call('length', [long])).resolves.toBe(200_000)
    })

    test('that aborts says with what, and lives on', async () => {
      const container = await start(text)
      await container.call('keep', [1, 'kept'])
      await expect(container.call('fail', 'oh no')).rejects.toMatchObject({
        code: 'GUEST_FAILED',
        message: expect.stringMatching(/^oh no \(text\.ts:\d+:\d+\)$/) as string,
      })
      await expect(container.call('kept_at', [1])).resolves.toBe('kept')
    })
  })

  describe('an Extism plugin', () => {
    const plugin = fixture('plugin.wasm')

    test('gets and gives bytes, text and JSON of any size', async () => {
      const container = await start(plugin)
      await expect(container.call('echo', 'ü')).resolves.toBe('ü')
      await expect(container.call('echo', { a: [1] }, { as: 'json' })).resolves.toEqual({ a: [1] })
      await expect(container.call('echo')).resolves.toBe('')
      for (const size of [1, 1000, 65_280, 65_281, 700_000]) {
        const bytes = new Uint8Array(randomBytes(size))
        const back = await container.call('echo', bytes, { as: 'bytes' })
        expect(Buffer.from(back as Uint8Array).equals(bytes)).toBe(true)
      }
      await expect(container.call('echo', Uint8Array.of(255))).rejects.toMatchObject({
        code: 'GUEST_FAILED',
      })
      await expect(container.call('echo', ['a', 'b'])).rejects.toBeInstanceOf(TypeError)
      await expect(container.call('echo', [{ f: () => 1 }])).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
        details: { path: 'args[0].f' },
      })
      expect(container.getMemoryUsage().allocated).toBeGreaterThan(1_400_000)
    })

    test('has its configuration and variables, which a copy takes with it', async () => {
      const container = await start(plugin, { environment: { thing: 'set' } })
      await expect(container.call('config')).resolves.toBe('set')
      await expect((await start(plugin)).call('config')).resolves.toBe('none')
      await container.call('remember', 'this')
      const copy = await container.fork()
      await copy.call('remember', 'that')
      await expect(copy.call('recall')).resolves.toBe('that')
      await expect(container.call('recall')).resolves.toBe('this')
      await expect(container.call('fill_variables')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
      await expect(container.call('recall')).resolves.toBe('this')
    })

    test('goes on from a snapshot of this thread, and the other way round', async () => {
      const here = await start(plugin, { runtime: 'nodejs' })
      const there = await start(plugin)
      expect([here.runtime, there.runtime]).toEqual(['nodejs', engine.name])
      await here.call('count')
      await here.call('remember', 'this')
      await there.restore(await here.snapshot())
      await expect(there.call('count')).resolves.toBe('2')
      await expect(there.call('recall')).resolves.toBe('this')
      await here.restore(await there.snapshot())
      await expect(here.call('count')).resolves.toBe('3')
    })

    test('that fails or runs without end lives on, and counts further in a new process', async () => {
      const container = await start(plugin, { maxCpuTime: 150 })
      await expect(container.call('count')).resolves.toBe('1')
      await expect(container.call('fail')).rejects.toMatchObject({ message: 'it went wrong' })
      await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
      await expect(container.call('count')).resolves.toBe('3')
      await expect(container.call('echo', 'x'.repeat(100_000))).resolves.toHaveLength(100_000)
    })

    test('has a quarter of maxMemory for what it exchanges, and the rest for itself', async () => {
      const container = await start(plugin, { maxMemory: 16 * 65_536 })
      await container.call('hog')
      expect(container.getMemoryUsage().allocated).toBeLessThanOrEqual(16 * 65_536)
      const input = new Uint8Array(5 * 65_536)
      await expect(container.call('echo', input)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
      await expect(container.call('echo', 'small')).resolves.toBe('small')
    })

    test('is refused the network when it asks for it', async () => {
      const container = await start(fixture('http-plugin.wasm'))
      await expect(container.call('ask', [{ url: 'http://127.0.0.1:1/' }])).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
    })
  })
})
