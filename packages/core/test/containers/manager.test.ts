import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { ByteSink } from '../../src/binary/byte-sink.ts'
import { createContainer } from '../../src/containers/create-container.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerManagerConfig } from '../../src/containers/manager-config.ts'
import type { WASMRuntime } from '../../src/containers/types.ts'
import {
  ContainerError,
  ContainerNotFoundError,
  ContainerStartupError,
  RegistryError,
} from '../../src/errors.ts'
import { createInThreadRuntime } from '../../src/runtimes/in-thread.ts'
import { native, settle, workloads } from './modules.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(
  answer: (
    path: string,
  ) => { status?: number; headers?: Record<string, string>; body?: Uint8Array } | undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    const found = answer(request.url ?? '/')
    if (found === undefined) return
    response.writeHead(found.status ?? 200, found.headers).end(found.body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The module with another custom section: other bytes, the same behaviour. */
function variant(number: number): Uint8Array {
  const content = new ByteSink().name('variant').u32(number)
  return new ByteSink().bytes(native).u8(0).sized(content.finish()).finish()
}

test('no more than maxContainers are there at a time, starting ones included', async () => {
  const manager = new ContainerManager({ maxContainers: 2 })
  const [first] = await Promise.all([manager.run(native), manager.run(native)])
  await expect(manager.run(native)).rejects.toMatchObject({ code: 'CAPACITY' })
  await expect(first.fork()).rejects.toMatchObject({ code: 'CAPACITY' })
  await first.stop()
  const starting = [manager.run(native), manager.run(native)]
  const results = await Promise.allSettled(starting)
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('ten is the default', async () => {
  const manager = new ContainerManager()
  for (let n = 0; n < 10; n += 1) await manager.run(native)
  await expect(manager.run(native)).rejects.toMatchObject({ code: 'CAPACITY' })
  expect(manager.list()).toHaveLength(10)
  await manager.cleanup()
  expect(manager.list()).toEqual([])
})

test('a start that fails gives its place back', async () => {
  const manager = new ContainerManager({ maxContainers: 1 })
  await expect(manager.run(Uint8Array.of(0))).rejects.toBeInstanceOf(ContainerStartupError)
  await expect(manager.run(native, { maxMemory: 0 })).rejects.toBeInstanceOf(ContainerError)
  await manager.run(native)
})

test('compiled modules are kept up to cacheSize bytes; the least recently used go', async () => {
  const probe = new ContainerManager()
  await probe.run(variant(0))
  const { bytes: size } = probe.cacheUsage()
  expect(size).toBeGreaterThan(native.length)
  const manager = new ContainerManager({ cacheSize: size * 2 + 10 })
  for (const n of [0, 1, 0, 2]) await (await manager.run(variant(n))).stop()
  expect(manager.cacheUsage()).toEqual({ bytes: size * 2, modules: 2 })
  const none = new ContainerManager({ cacheSize: 0 })
  await none.run(native)
  expect(none.cacheUsage()).toEqual({ bytes: 0, modules: 0 })
})

test('the same module with other limits is another compiled module', async () => {
  const manager = new ContainerManager()
  const small = await manager.run(native, { maxMemory: 10 * 65_536 })
  const large = await manager.run(native, { maxMemory: 20 * 65_536 })
  await manager.run(native, { maxMemory: 10 * 65_536 })
  expect(manager.cacheUsage().modules).toBe(2)
  expect(small.getMemoryUsage().limit).toBe(655_360)
  expect(large.getMemoryUsage().limit).toBe(1_310_720)
  await small.call('hog')
  expect(large.getMemoryUsage().allocated).toBeLessThan(655_360)
})

test('the runtime that is told is the one that runs', async () => {
  const container = await new ContainerManager().run(native)
  expect(container.runtime).toBe('nodejs')
  const asked = await new ContainerManager({ defaultRuntime: 'nodejs' }).run(native)
  expect(asked.runtime).toBe('nodejs')
})

test.each<[string, ContainerManagerConfig, WASMRuntime | undefined]>([
  ['wasmtime as default', { defaultRuntime: 'wasmtime' }, undefined],
  ['wasmer', {}, 'wasmer'],
  ['wasmedge', {}, 'wasmedge'],
  ['a browser in Node', {}, 'browser'],
])('an absent engine asked for by name is refused: %s', async (_, config, runtime) => {
  // This machine may have one of them.
  vi.stubEnv('PATH', '/no/such/folder')
  onTestFinished(() => void vi.unstubAllEnvs())
  const manager = new ContainerManager(config)
  const started = manager.run(native, runtime === undefined ? {} : { runtime })
  await expect(started).rejects.toBeInstanceOf(ContainerStartupError)
  await expect(started).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    details: { reason: expect.any(String) as string },
  })
})

test('an engine that is present is taken before the fallback, and its probe’s reason is told', async () => {
  const inner = createInThreadRuntime('nodejs')
  const engine = { ...inner, name: 'wasmtime' as const }
  const container = await new ContainerManager({ runtimes: [engine] }).run(native)
  expect(container.runtime).toBe('wasmtime')
  const absent = {
    ...engine,
    probe: async () => ({ available: false as const, reason: 'no such program' }),
  }
  const fallen = await new ContainerManager({ runtimes: [absent] }).run(native)
  expect(fallen.runtime).toBe('nodejs')
  await expect(
    new ContainerManager({ runtimes: [absent] }).run(native, { runtime: 'wasmtime' }),
  ).rejects.toMatchObject({ message: expect.stringContaining('no such program') as string })
})

test('two places for names to come from are refused at once', () => {
  const resolve = async (): Promise<Uint8Array> => native
  expect(() => new ContainerManager({ registry: 'https://registry.example', resolve })).toThrow(
    TypeError,
  )
})

test.each([
  { maxContainers: 0 },
  { cacheSize: -1 },
  { networkTimeout: 0 },
  { networkTimeout: Number.NaN },
  { releaseGrace: -1 },
  { maxContainer: 5 },
])('the manager refuses %o', (config) => {
  expect(() => new ContainerManager(config as never)).toThrow(TypeError)
})

test('names go through the resolver; file: and http: on this machine are read', async () => {
  const asked: string[] = []
  const manager = new ContainerManager({
    resolve: async (reference) => {
      asked.push(reference)
      return native
    },
  })
  const named = await manager.run('counter:1.2.3')
  expect([named.name, named.version]).toEqual(['counter', '1.2.3'])
  const hosted = await manager.run('localhost:5000/counter')
  expect([hosted.name, hosted.version]).toEqual(['localhost:5000/counter', 'latest'])
  expect(asked).toEqual(['counter:1.2.3', 'localhost:5000/counter'])
  const ranges = new ContainerManager({
    resolve: async () => ({ bytes: native, metadata: { version: '1.4.2' } }),
  })
  expect((await ranges.run('counter:^1.0.0')).version).toBe('1.4.2')
  const url = new URL('../fixtures/meter/workloads.wasm', import.meta.url)
  const file = await manager.run(url.href)
  await expect(file.call('fib', 10)).resolves.toBe(55)
  expect(file.name).toBe('workloads')
  const base = await serve(() => ({ body: native }))
  const web = await manager.run(`${base}/a/counter.wasm?x=1`)
  await expect(web.call('increment')).resolves.toBe(1)
  expect(web.name).toBe('counter')
  const bytes = await manager.run(native)
  expect(bytes.version).toMatch(/^sha256:[0-9a-f]{12}$/)
})

test('what cannot be loaded is told as RegistryError', async () => {
  const base = await serve((path) => ({
    status: path === '/there' ? 302 : 404,
    headers: { location: 'http://example.com/x.wasm' },
  }))
  const manager = new ContainerManager()
  for (const name of [
    'counter:1.0.0',
    'file:///no/such/file.wasm',
    `${base}/absent`,
    'http://example.com/x.wasm',
  ])
    await expect(manager.run(name)).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'REGISTRY_FAILED',
    })
  const broken = new ContainerManager({ resolve: () => Promise.reject(new Error('no route')) })
  await expect(broken.run('x:1')).rejects.toThrow('no route')
  const empty = new ContainerManager({ resolve: async () => 'text' as never })
  await expect(empty.run('x:1')).rejects.toBeInstanceOf(RegistryError)
})

test.each(['http://elsewhere.example/x.wasm', 'http://127.0.0.1/x', 'https://localhost/x'])(
  'a redirect to %s is refused',
  async (target) => {
    const fetchIt = (async () => {
      const response = new Response(native as Uint8Array<ArrayBuffer>)
      Object.defineProperty(response, 'url', { value: target })
      return response
    }) as typeof fetch
    const manager = new ContainerManager({ fetch: fetchIt })
    await expect(manager.run('https://registry.example/x.wasm')).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
    })
  },
)

test('networkTimeout ends a load that hangs, in the server or in the resolver', async () => {
  const base = await serve(() => undefined)
  const manager = new ContainerManager({
    networkTimeout: 80,
    resolve: () => new Promise(() => undefined),
  })
  for (const name of [`${base}/x.wasm`, 'slow:1'])
    await expect(manager.run(name)).rejects.toThrow('networkTimeout (80 ms)')
})

test('a signal ends a start, and cleanup ends them all', async () => {
  const manager = new ContainerManager({ resolve: () => new Promise(() => undefined) })
  const leaving = new AbortController()
  const first = manager.run('x:1', {}, { signal: leaving.signal })
  const second = manager.run('y:1')
  const failures = Promise.allSettled([first, second])
  await settle()
  leaving.abort()
  await manager.cleanup()
  expect(await failures).toMatchObject([
    { reason: { code: 'ABORTED' } },
    { reason: { code: 'ABORTED' } },
  ])
})

test('containers that are not there cannot be stopped or watched', async () => {
  const manager = new ContainerManager()
  await expect(manager.stop('nobody')).rejects.toBeInstanceOf(ContainerNotFoundError)
  expect(() => manager.subscribe('nobody', () => undefined)).toThrow(ContainerNotFoundError)
})

test('createContainer runs one without a manager', async () => {
  const container = await createContainer(native, { initialState: 4 })
  await expect(container.call('increment')).resolves.toBe(5)
  await container.stop()
})

test('the standard events are given out, typed', async () => {
  const manager = new ContainerManager()
  const told: string[] = []
  for (const name of [
    'container:start',
    'container:stop',
    'container:error',
    'state:change',
  ] as const)
    manager.events.on(name, () => told.push(name))
  manager.events.on('function:call', ({ functionName, args }) =>
    told.push(`${functionName} ${JSON.stringify(args)}`),
  )
  const container = await manager.run(native)
  await container.call('increment', [1])
  await settle()
  await expect(container.call('trap')).rejects.toThrow('trapped')
  await container.stop()
  expect(told).toEqual([
    'container:start',
    'increment [1]',
    'state:change',
    'trap undefined',
    'container:error',
    'container:stop',
  ])
  expect(container.events.map(({ type }) => type)).toEqual([
    'function_call',
    'state_change',
    'function_call',
    'error',
  ])
  expect(container.events).toBe(container.events)
})

test('a container remembers its last 256 events', async () => {
  const manager = new ContainerManager()
  const container = await manager.run(workloads)
  for (let n = 0; n < 1000; n += 1) await container.call('fib', 1)
  expect(container.events).toHaveLength(256)
})

test('memory and CPU near their limits are told once per rise', async () => {
  const manager = new ContainerManager()
  const memory: unknown[] = []
  const cpu: number[] = []
  manager.events.on('memory:warning', ({ usage }) => memory.push(usage))
  manager.events.on('cpu:threshold', ({ usage }) => cpu.push(usage))
  const container = await manager.run(native, { maxMemory: 10 * 65_536, maxCpuTime: 1200 })
  await container.call('hog')
  await container.call('hog')
  expect(memory).toEqual([container.getMemoryUsage()])
  await expect(container.call('spin')).rejects.toThrow('maxCpuTime')
  expect(cpu).toHaveLength(1)
  expect(container.metrics.cpuUsage).toBeGreaterThan(80)
  expect(container.metrics.cpuUsage).toBeLessThanOrEqual(100)
})

test('enableMetrics: false counts nothing and warns of nothing', async () => {
  const manager = new ContainerManager({ enableMetrics: false })
  let warnings = 0
  manager.events.on('memory:warning', () => (warnings += 1))
  const container = await manager.run(native, { maxMemory: 10 * 65_536 })
  await container.call('hog')
  await expect(container.call('trap')).rejects.toThrow('trapped')
  expect(container.metrics).toMatchObject({ callCount: 0, errorCount: 0, cpuUsage: 0 })
  expect(warnings).toBe(0)
})

test('debugMode decides whether logs below WARN are told', async () => {
  const collect = async (debugMode: boolean): Promise<string[]> => {
    const manager = new ContainerManager({ debugMode })
    const told: string[] = []
    manager.events.on('log', ({ message }: { message: string }) => told.push(message))
    await (await manager.run(native)).stop()
    return told
  }
  expect(await collect(true)).toHaveLength(2)
  expect(await collect(false)).toEqual([])
})

test('starts and stops in great number leave nothing behind', async () => {
  const manager = new ContainerManager()
  const before = process.getActiveResourcesInfo().length
  for (let n = 0; n < 500; n += 1) {
    const container = await manager.run(native)
    container.subscribe(() => undefined)
    await container.call('increment')
    await container.stop()
  }
  expect(manager.list()).toEqual([])
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 2)
})
