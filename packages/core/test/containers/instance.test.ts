import { expect, test } from 'vitest'
import { ByteSink } from '../../src/binary/byte-sink.ts'
import { assemble, i32 } from '../binary/assemble.ts'
import { fixture, settle, start, workloads } from './modules.ts'

const reactor = fixture('reactor.wasm')
const plugin = fixture('plugin.wasm')

test('a number is a state; updateState replaces and the module sees it', async () => {
  const { container } = await start({ initialState: 5 })
  expect(container.state).toBe(5)
  await expect(container.call('increment')).resolves.toBe(6)
  await container.updateState(0)
  expect(container.state).toBe(0)
  await expect(container.call('increment')).resolves.toBe(1)
})

test('a module can refuse a state; the old one stays', async () => {
  const { container } = await start({ initialState: 3 })
  await expect(container.updateState('three')).rejects.toMatchObject({ code: 'GUEST_FAILED' })
  expect(container.state).toBe(3)
})

test('where the module knows no state, the host holds any plain data', async () => {
  const { container } = await start({ initialState: 0 }, { bytes: workloads })
  expect(container.state).toBe(0)
  const mine = { list: [1, { a: null }], none: undefined }
  await container.updateState(mine)
  mine.list.push(9)
  expect(container.state).toEqual({ list: [1, { a: null }], none: undefined })
  const cycle: unknown[] = []
  cycle.push(cycle)
  for (const bad of [() => 1, new Date(), new Map(), 1n, Number.NaN, Symbol('x'), cycle])
    await expect(container.updateState(bad)).rejects.toBeInstanceOf(TypeError)
  expect(container.state).toEqual({ list: [1, { a: null }], none: undefined })
  await container.updateState(JSON.parse('{"__proto__":{"polluted":1}}'))
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('subscribers hear of many changes once, and of no change never', async () => {
  const { manager, container } = await start()
  const heard: unknown[] = []
  const leave = manager.subscribe(container.id, (state) => heard.push(state))
  const calls = Array.from({ length: 10 }, () => container.call('increment'))
  await Promise.all(calls)
  await settle()
  expect(heard.at(-1)).toBe(10)
  expect(heard.length).toBeLessThanOrEqual(10)
  heard.length = 0
  await container.updateState(10)
  await container.call('add', [1, 2])
  await settle()
  expect(heard).toEqual([])
  leave()
  await container.call('increment')
  await settle()
  expect(heard).toEqual([])
})

test('several changes in one turn are one notice', async () => {
  const { container } = await start({}, { bytes: workloads })
  const heard: unknown[] = []
  container.subscribe((state) => heard.push(state))
  void container.updateState(1)
  void container.updateState(2)
  await settle()
  expect(heard.at(-1)).toBe(2)
  await container.updateState(3)
  await settle()
  expect(heard.at(-1)).toBe(3)
})

test('what did not change keeps its identity', async () => {
  const { container } = await start({}, { bytes: workloads })
  const states: Record<string, unknown>[] = []
  container.subscribe((state) => states.push(state as Record<string, unknown>))
  await container.updateState({ a: { deep: [1, 2] }, b: 1 })
  await settle()
  const view = container.getView()
  expect(container.getView()).toBe(view)
  await container.updateState({ a: { deep: [1, 2] }, b: 2 })
  await settle()
  expect(states).toHaveLength(2)
  expect(states[1]?.['a']).toBe(states[0]?.['a'])
  expect(container.getView()).not.toBe(view)
  expect(container.getView().version).toBe(view.version + 1)
})

test('a subscriber that throws harms neither the others nor the call', async () => {
  const { manager, container } = await start()
  const errors: unknown[] = []
  manager.events.on('container:error', ({ error }) => errors.push(error.message))
  const heard: unknown[] = []
  container.subscribe(() => {
    throw new Error('mine')
  })
  container.subscribe((state) => heard.push(state))
  await container.call('increment')
  await settle()
  expect(heard).toEqual([1])
  expect(errors).toEqual(['mine'])
})

test('calls made while one runs wait their turn, in order', async () => {
  const order: number[] = []
  let container: Awaited<ReturnType<typeof start>>['container'] | undefined
  let inner: Promise<unknown> | undefined
  const bytes = assemble({
    imported: [{ params: [i32], results: [] }],
    functions: [{ params: [i32], code: [0x20, 0, 0x10, 0], export: 'go' }],
  })
  const f0 = (n: number): void => {
    if (n === 1) inner = container?.call('go', [2])
    order.push(n)
  }
  const started = await start({ allowedImports: ['env.f0'], imports: { env: { f0 } } }, { bytes })
  container = started.container
  await Promise.all([container.call('go', [1]), container.call('go', [3])])
  await inner
  expect(order).toEqual([1, 2, 3])
})

test('a paused container lets calls wait, and a signal takes one of them out', async () => {
  const { container } = await start()
  container.pause()
  expect(container.status).toBe('paused')
  const leaving = new AbortController()
  const first = container.call('increment')
  const second = container.call('increment', [], { signal: leaving.signal })
  const third = container.call('increment')
  leaving.abort(new Error('changed my mind'))
  await expect(second).rejects.toMatchObject({ name: 'ContainerError', code: 'ABORTED' })
  await settle()
  expect(container.metrics.callCount).toBe(0)
  container.resume()
  await expect(Promise.all([first, third])).resolves.toEqual([1, 2])
  const gone = AbortSignal.abort()
  await expect(container.call('increment', [], { signal: gone })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  expect(container.state).toBe(2)
})

test('no more than 1,000 calls wait', async () => {
  const { container } = await start()
  container.pause()
  const waiting = Array.from({ length: 1000 }, () => container.call('increment'))
  await expect(container.call('increment')).rejects.toMatchObject({ code: 'CAPACITY' })
  container.resume()
  await expect(Promise.all(waiting)).resolves.toHaveLength(1000)
})

test('a stop refuses waiting calls and later ones', async () => {
  const { manager, container } = await start()
  container.pause()
  const waiting = container.call('increment')
  const stopped = manager.stop(container.id)
  await expect(waiting).rejects.toMatchObject({ code: 'STOPPED' })
  await stopped
  expect(container.status).toBe('stopped')
  expect(manager.list()).toEqual([])
  await expect(container.call('increment')).rejects.toMatchObject({ code: 'STOPPED' })
  await expect(container.updateState(1)).rejects.toMatchObject({ code: 'STOPPED' })
  expect(() => container.pause()).toThrow('stopped')
  await container.stop()
})

test('a signal that aborts during the call stops a running module', async () => {
  const bytes = assemble({
    imported: [{ params: [], results: [] }],
    functions: [{ code: [0x03, 0x40, 0x10, 0, 0x0c, 0, 0x0b], export: 'go' }],
  })
  const leaving = new AbortController()
  let calls = 0
  const f0 = (): void => {
    if ((calls += 1) === 3) leaving.abort()
  }
  const { container } = await start(
    { allowedImports: ['env.f0'], imports: { env: { f0 } } },
    { bytes },
  )
  await expect(container.call('go', [], { signal: leaving.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  expect(calls).toBe(3)
})

test('healthCheck asks the module', async () => {
  const { container } = await start()
  await expect(container.healthCheck()).resolves.toMatchObject({ healthy: true, status: 'running' })
  await container.updateState(-1)
  await expect(container.healthCheck()).resolves.toMatchObject({
    healthy: false,
    message: 'gsp_health gave 1.',
  })
})

test('a snapshot restores memory, globals and what the ABI keeps outside', async () => {
  const { container } = await start()
  await container.updateState(41)
  const snapshot = structuredClone(await container.snapshot())
  await container.call('hog')
  await container.call('increment')
  await container.restore(snapshot)
  expect(container.state).toBe(41)
  await expect(container.call('increment')).resolves.toBe(42)

  const extism = await start({}, { bytes: plugin })
  await extism.container.call('count')
  await extism.container.call('remember', 'before')
  const kept = await extism.container.snapshot()
  await extism.container.call('count')
  await extism.container.call('remember', 'after')
  await extism.container.restore(kept)
  await expect(extism.container.call('count')).resolves.toBe('2')
  await expect(extism.container.call('recall')).resolves.toBe('before')
})

test('a garbage-collected module lives on from a snapshot, hidden globals and all', async () => {
  const { container } = await start({}, { bytes: fixture('text.wasm') })
  for (let n = 0; n < 300; n += 1) await container.call('keep', [n, `text ${n}`])
  const copy = await container.fork()
  for (let n = 0; n < 300; n += 1) await copy.call('keep', [n + 300, 'more'])
  await expect(copy.call('keep', [0, 'again'])).resolves.toBe(600)
  await expect(container.call('keep', [0, 'again'])).resolves.toBe(300)
})

test('a fork goes its own way', async () => {
  const { manager, container } = await start()
  await container.updateState(7)
  const copy = await container.fork()
  await copy.call('increment')
  expect([container.state, copy.state]).toEqual([7, 8])
  expect(manager.list()).toHaveLength(2)
  expect(copy.id).not.toBe(container.id)
})

test('a snapshot of another module is refused, and one that would not hold everything is not made', async () => {
  const { container } = await start()
  const other = await start({}, { bytes: workloads })
  const foreign = await other.container.snapshot()
  await expect(container.restore(foreign)).rejects.toMatchObject({ code: 'INTEGRITY' })
  const tables = assemble({
    tables: [[0x70, 0, 1]],
    functions: [{ code: [0x41, 0, 0xd0, 0x70, 0x26, 0], export: 'change' }],
  })
  const changing = await start({}, { bytes: tables })
  await expect(changing.container.snapshot()).rejects.toMatchObject({
    code: 'SNAPSHOT_UNSUPPORTED',
  })
  const files = await start({ isolation: { fileSystemAccess: true } }, { bytes: reactor })
  await expect(files.container.snapshot()).rejects.toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' })
})

test('another version of the module takes over with the state; one that does not start changes nothing', async () => {
  const { container } = await start()
  await container.updateState(9)
  const next = new ByteSink()
    .bytes(fixture('native.wasm'))
    .u8(0)
    .sized(new ByteSink().name('build').u8(2).finish())
    .finish()
  await container.reload(next)
  expect(container.state).toBe(9)
  await expect(container.call('increment')).resolves.toBe(10)
  await expect(container.reload(Uint8Array.of(0))).rejects.toMatchObject({ code: 'MODULE_INVALID' })
  await expect(container.call('increment')).resolves.toBe(11)
})

test('a restart begins anew', async () => {
  const { container } = await start({ initialState: 2 })
  await container.call('increment')
  await container.restart()
  expect(container.state).toBe(2)
})

test('a restart forgets what the host held', async () => {
  const { container } = await start({}, { bytes: workloads })
  await container.updateState({ a: 1 })
  await container.restart()
  expect(container.state).toBeUndefined()
})

test('a snapshot that was tampered with is refused, and the container stays as it was', async () => {
  const { container } = await start({ initialState: 6, maxMemory: 10 * 65_536 })
  const snapshot = await container.snapshot()
  const images = [
    { memory: new Uint8Array(65_537), globals: snapshot.image.globals },
    { memory: new Uint8Array(65_536 * 11), globals: snapshot.image.globals },
    { memory: snapshot.image.memory, globals: [...snapshot.image.globals, 1] },
    { memory: snapshot.image.memory, globals: snapshot.image.globals.map(() => 1n) },
    { memory: 'text', globals: [] },
  ]
  for (const image of images) {
    const tampered = { ...snapshot, image: { ...snapshot.image, ...image } }
    await expect(container.restore(tampered as never)).rejects.toMatchObject({
      code: expect.stringMatching(/INTEGRITY|SNAPSHOT_UNSUPPORTED/) as string,
    })
  }
  await expect(container.restore({ ...snapshot, format: 2 } as never)).rejects.toMatchObject({
    code: 'INTEGRITY',
  })
  await expect(container.call('increment')).resolves.toBe(7)
})

test('a fork of a reloaded container runs the module that runs now', async () => {
  const { container } = await start({ initialState: 1 })
  const before = container.version
  const next = new ByteSink()
    .bytes(fixture('native.wasm'))
    .u8(0)
    .sized(new ByteSink().name('build').u8(3).finish())
    .finish()
  await container.reload(next)
  expect(container.version).not.toBe(before)
  const copy = await container.fork()
  await expect(copy.call('increment')).resolves.toBe(2)
})
