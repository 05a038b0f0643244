import { expect, test } from 'vitest'
import {
  ContainerMemoryError,
  ContainerNotFoundError,
  ContainerSecurityError,
  ContainerTimeoutError,
} from '../../src/errors.ts'
import { fixture, start, workloads } from './modules.ts'

test('a loop without end is stopped at maxCpuTime, and the container lives on with its state', async () => {
  const { container } = await start({ maxCpuTime: 50 })
  await container.call('increment')
  await expect(container.call('spin')).rejects.toMatchObject({
    name: 'ContainerTimeoutError',
    code: 'TIME_LIMIT',
  })
  expect(container.status).toBe('running')
  await expect(container.call('increment')).resolves.toBe(3)
  expect(container.metrics).toMatchObject({ callCount: 3, errorCount: 1 })
})

test('bulk memory work without end is stopped as well', async () => {
  const { container } = await start({ maxCpuTime: 50 })
  await expect(container.call('fill')).rejects.toBeInstanceOf(ContainerTimeoutError)
})

test('maxFuel stops the same call at the same place every time', async () => {
  const { container } = await start({ maxFuel: 100_000n }, { bytes: workloads })
  await expect(container.call('fib', [5])).resolves.toBe(5)
  for (let n = 0; n < 3; n += 1)
    await expect(container.call('fib', [30])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
  await expect(container.call('fib', [10])).resolves.toBe(55)
})

test('maxFuel counts over many slices of the clock', async () => {
  const { container } = await start({ maxFuel: 20_000_000n }, { bytes: workloads })
  await expect(container.call('fib', [20])).resolves.toBe(6765)
  await expect(container.call('fib', [40])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
})

test('memory grows to maxMemory and no page further', async () => {
  const { container } = await start({ maxMemory: 10 * 65_536 })
  const before = container.getMemoryUsage().allocated / 65_536
  await expect(container.call('hog')).resolves.toBe(10 - before)
  expect(container.getMemoryUsage()).toEqual({
    used: 655_360,
    allocated: 655_360,
    peak: 655_360,
    limit: 655_360,
  })
  await expect(container.call('echo', ['x'.repeat(700_000)])).rejects.toBeInstanceOf(
    ContainerMemoryError,
  )
})

test('a module that starts with more than maxMemory does not start', async () => {
  await expect(start({ maxMemory: 65_536 })).rejects.toMatchObject({
    name: 'ContainerMemoryError',
    code: 'MEMORY_LIMIT',
  })
})

test('calls that nest without end meet maxCallDepth', async () => {
  const { container } = await start({ maxCallDepth: 500 })
  await expect(container.call('deep', [1])).rejects.toMatchObject({ code: 'DEPTH_LIMIT' })
  await expect(container.call('increment')).resolves.toBe(1)
})

test('without the meter the engine’s own stack is the limit', async () => {
  const { container } = await start({ maxCpuTime: Infinity })
  await expect(container.call('deep', [1])).rejects.toMatchObject({ code: 'DEPTH_LIMIT' })
  await expect(container.call('increment')).resolves.toBe(1)
})

test('an address outside of memory, or no JSON, is the module’s error and not the host’s', async () => {
  const { container } = await start()
  for (const name of ['outside', 'no_json'])
    await expect(container.call(name)).rejects.toMatchObject({ code: 'GUEST_FAILED' })
  await expect(container.call('trap')).rejects.toMatchObject({ code: 'TRAPPED' })
  await expect(container.call('fail')).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    message: 'no such luck',
  })
  await expect(container.call('increment')).resolves.toBe(1)
})

test('what runs at the start of a module is limited too', async () => {
  const { assemble } = await import('../binary/assemble.ts')
  const bytes = assemble({
    functions: [{ code: [0x03, 0x40, 0x0c, 0, 0x0b] }],
    start: 0,
  })
  await expect(start({}, { bytes })).rejects.toMatchObject({ code: 'STARTUP_FAILED' })
})

test.each([
  ['memoryIsolation: false', { isolation: { memoryIsolation: false } }],
  ['capabilities', { isolation: { capabilities: ['CAP_SYS_ADMIN'] } }],
  ['syscallFilter "open"', { isolation: { syscallFilter: ['open'] } }],
])('the option %s is refused, as nothing would enforce it', async (option, config) => {
  const refused = start(config)
  await expect(refused).rejects.toBeInstanceOf(ContainerSecurityError)
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', details: { option } })
})

test.each([
  { maxMemory: -1 },
  { maxMemory: Infinity },
  { maxCpuTime: 0 },
  { maxCpuTime: Number.NaN },
  { maxFuel: 0n },
  { maxOutputBytes: -1 },
  { maxCallDepth: 0 },
  { environment: { 'A=B': 'x' } },
])('the value %o is out of range', async (config) => {
  await expect(start(config)).rejects.toBeInstanceOf(TypeError)
})

test('persistentData without a store is refused', async () => {
  await expect(start({ persistentData: true })).rejects.toMatchObject({ code: 'STARTUP_FAILED' })
})

test('a module gets no import that is not named, whoever could provide it', async () => {
  const { assemble } = await import('../binary/assemble.ts')
  const bytes = assemble({
    imported: [{ params: [], results: [] }],
    functions: [{ code: [0x10, 0], export: 'go' }],
  })
  let calls = 0
  const imports = { env: { f0: () => void (calls += 1) } }
  const refusal = { name: 'ContainerSecurityError', details: { imports: ['env.f0'] } }
  await expect(start({ imports }, { bytes })).rejects.toMatchObject(refusal)
  await expect(start({ imports, allowedImports: ['env.f'] }, { bytes })).rejects.toMatchObject(
    refusal,
  )
  await expect(start({ allowedImports: ['env.f0'] }, { bytes })).rejects.toMatchObject({
    code: 'STARTUP_FAILED',
  })
  const { container } = await start({ imports, allowedImports: ['env.f0'] }, { bytes })
  await container.call('go')
  expect(calls).toBe(1)
})

test('an inherited name is no import that the host gives', async () => {
  const { ByteSink } = await import('../../src/binary/byte-sink.ts')
  const bytes = new ByteSink()
    .bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0])
    .u8(2)
    .sized(new ByteSink().u32(1).name('constructor').name('constructor').u8(0).u8(0).finish())
    .finish()
  const config = { imports: {}, allowedImports: ['constructor.constructor'] }
  await expect(start(config, { bytes })).rejects.toMatchObject({ code: 'STARTUP_FAILED' })
})

test('allowedImports also decides about the interfaces of the module’s own ABI', async () => {
  await expect(start({ allowedImports: [] })).rejects.toMatchObject({
    code: 'FORBIDDEN',
    details: { imports: ['gaesup.error', 'gaesup.emit'] },
  })
})

test('a host function that fails is told from the module failing', async () => {
  const { assemble } = await import('../binary/assemble.ts')
  const bytes = assemble({
    imported: [{ params: [], results: [] }],
    functions: [{ code: [0x10, 0], export: 'go' }],
  })
  const cause = new Error('disk full')
  const failing = await start(
    {
      allowedImports: ['env.f0'],
      imports: {
        env: {
          f0: () => {
            throw cause
          },
        },
      },
    },
    { bytes },
  )
  await expect(failing.container.call('go')).rejects.toMatchObject({ code: 'HOST_FAILED', cause })
  const late = await start(
    { allowedImports: ['env.f0'], imports: { env: { f0: () => Promise.reject(cause) } } },
    { bytes },
  )
  await expect(late.container.call('go')).rejects.toMatchObject({ code: 'HOST_FAILED' })
})

test('host calls in a loop do not outrun the clock', async () => {
  const { assemble } = await import('../binary/assemble.ts')
  const bytes = assemble({
    imported: [{ params: [], results: [] }],
    functions: [{ code: [0x03, 0x40, 0x10, 0, 0x0c, 0, 0x0b], export: 'go' }],
  })
  const slow = (): void => {
    const until = performance.now() + 5
    while (performance.now() < until);
  }
  const { container } = await start(
    { maxCpuTime: 50, allowedImports: ['env.f0'], imports: { env: { f0: slow } } },
    { bytes },
  )
  await expect(container.call('go')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
})

test('an export that is named like the host’s own is refused', async () => {
  const { assemble } = await import('../binary/assemble.ts')
  for (const name of ['gaesup:fuel', 'gaesup:tick', 'gaesup:memory', 'gaesup:global.0']) {
    const bytes = assemble({ functions: [{ code: [], export: name }] })
    await expect(start({ maxCpuTime: Infinity }, { bytes })).rejects.toMatchObject({
      code: 'RESERVED_NAME',
    })
  }
})

test('a component without code is refused, and bytes that are no module too', async () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)
  for (const bytes of [empty, Uint8Array.of(1, 2, 3)])
    await expect(start({}, { bytes })).rejects.toMatchObject({ code: 'MODULE_INVALID' })
})

test('topics of other containers need crossContainerComm', async () => {
  const closed = await start()
  await expect(closed.container.call('publish')).rejects.toMatchObject({
    name: 'ContainerSecurityError',
    code: 'FORBIDDEN',
  })
  const open = await start({ isolation: { crossContainerComm: true } })
  const heard: unknown[] = []
  open.manager.events.on('topic:greeting', (event) => heard.push(event))
  await open.container.call('publish')
  expect(heard).toEqual([{ containerId: open.container.id, data: { a: 1 } }])
})

test('functions of the ABI cannot be called, nor what the prototype has', async () => {
  const { container } = await start()
  for (const name of ['gsp_alloc', 'memory', 'toString', '__proto__', 'gaesup:fuel'])
    await expect(container.call(name, [1])).rejects.toBeInstanceOf(ContainerNotFoundError)
  expect(container.functions).toContain('increment')
  expect(fixture('native.wasm').length).toBeGreaterThan(0)
})

test.each<object>([{ maxMem: 1 }, { isolation: { fileSystem: true } }, { toString: 1 }])(
  'an option that does not exist is refused, as it would limit nothing: %o',
  async (config) => {
    await expect(start(config as never)).rejects.toBeInstanceOf(TypeError)
  },
)

test('a compiled module is refused: it has no bytes that limits could stand in', async () => {
  const module = new WebAssembly.Module(workloads as Uint8Array<ArrayBuffer>)
  await expect(start({}, { bytes: module as never })).rejects.toBeInstanceOf(TypeError)
})

test('"as" is refused where the module itself says what its results are', async () => {
  const { container } = await start()
  await expect(container.call('echo', [1], { as: 'json' })).rejects.toBeInstanceOf(TypeError)
})

test('a module that cannot give its state does not start', async () => {
  const { assemble, i32, i64 } = await import('../binary/assemble.ts')
  const bytes = assemble({
    memories: [[0, 1]],
    functions: [
      { params: [i32], results: [i32], code: [0x41, 8], export: 'gsp_alloc' },
      { results: [i64], code: [0x03, 0x40, 0x0c, 0, 0x0b, 0x42, 0], export: 'gsp_state' },
    ],
  })
  await expect(start({ maxCpuTime: 30 }, { bytes })).rejects.toMatchObject({ code: 'TIME_LIMIT' })
})
