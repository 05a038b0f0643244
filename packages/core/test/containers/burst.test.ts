import { expect, test } from 'vitest'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import { assemble, i32 } from '../binary/assemble.ts'
import { settle, start } from './modules.ts'

/** So many that only few of them are timed. */
async function burst(container: ContainerInstance): Promise<void> {
  for (let n = 0; n < 500; n += 1) expect(await container.call('add', [n, 1])).toBe(n + 1)
}

test('a loop without end among many short calls is stopped at maxCpuTime', async () => {
  const { container } = await start({ maxCpuTime: 50 })
  for (let n = 0; n < 5; n += 1) {
    await burst(container)
    await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
    expect(container.metrics.cpuUsage).toBeGreaterThan(4)
  }
  expect(container.metrics).toMatchObject({ callCount: 2505, errorCount: 5 })
})

test('the time of a host function counts among many short calls', async () => {
  const bytes = assemble({
    imported: [{ params: [], results: [] }],
    functions: [
      { code: [0x10, 0], export: 'wait' },
      {
        params: [i32, i32],
        results: [i32],
        code: [0x20, 0, 0x20, 1, 0x6a],
        export: 'add',
      },
    ],
  })
  const f0 = (): void => {
    for (const end = performance.now() + 60; performance.now() < end;);
  }
  const { container } = await start(
    { maxCpuTime: 50, allowedImports: ['env.f0'], imports: { env: { f0 } } },
    { bytes },
  )
  await burst(container)
  await expect(container.call('wait')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  expect(container.metrics.cpuUsage).toBeGreaterThan(5)
})

test('maxFuel is each call’s own among many short calls', async () => {
  const { container } = await start({ maxFuel: 50_000n })
  await burst(container)
  await expect(container.call('spin')).rejects.toMatchObject({ code: 'CPU_LIMIT' })
  await burst(container)
})

test('a signal stops a call among many short calls', async () => {
  const { container } = await start()
  await burst(container)
  const signal = AbortSignal.abort()
  await expect(container.call('add', [1, 2], { signal })).rejects.toMatchObject({ code: 'ABORTED' })
  await burst(container)
})

test('memory is told in the call that takes it, among many short calls', async () => {
  const { manager, container } = await start({ maxMemory: 10 * 65_536 })
  const heard: number[] = []
  manager.events.on('memory:warning', ({ usage }) => heard.push(usage.allocated))
  await burst(container)
  await container.call('hog')
  expect(heard).toEqual([655_360])
})

test('every call is an event, with the times in order', async () => {
  const { manager, container } = await start()
  const heard: unknown[] = []
  await burst(container)
  const leave = manager.events.on('function:call', (call) => heard.push(call))
  await container.call('add', [1, 2])
  leave()
  await container.call('increment')
  await container.call('add', [1, 2])
  const containerId = container.id
  expect(heard).toEqual([{ containerId, functionName: 'add', args: [1, 2] }])
  expect(container.events).toHaveLength(256)
  expect(container.events.slice(-3).map(({ data }) => data)).toEqual([
    { functionName: 'add' },
    { functionName: 'increment' },
    { functionName: 'add' },
  ])
  const times = container.events.map(({ timestamp }) => timestamp.getTime())
  expect(times.toSorted((a, b) => a - b)).toEqual(times)
  expect(container.events).toBe(container.events)
})

test('an event in the middle of a burst stands in time where it stands in the list', async () => {
  const { container } = await start()
  await burst(container)
  for (const end = performance.now() + 20; performance.now() < end;);
  await container.call('trap').catch(() => undefined)
  await container.call('add', [1, 2])
  const [before, , failed, after] = container.events.slice(-4).map(({ timestamp }) => +timestamp)
  expect(failed).toBeGreaterThanOrEqual((before ?? 0) + 19)
  expect(after).toBeGreaterThanOrEqual(failed ?? 0)
})

test('who subscribes among many short calls hears of the next change', async () => {
  const { manager, container } = await start()
  await burst(container)
  const heard: unknown[] = []
  manager.events.on('state:change', ({ state }) => heard.push(state))
  await container.call('increment')
  await settle()
  container.subscribe((state) => heard.push(state))
  await container.call('increment')
  await settle()
  expect(heard).toEqual([1, 2, 2])
})

test('another function, another module and a failed call are found among many short calls', async () => {
  const { container } = await start()
  await burst(container)
  await expect(container.call('absent')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(container.call('add', ['one', 2])).rejects.toBeInstanceOf(TypeError)
  await expect(container.call('add', [1])).rejects.toBeInstanceOf(TypeError)
  await burst(container)
  await container.restart()
  expect(await container.call('increment')).toBe(1)
  await burst(container)
  container.pause()
  const waiting = container.call('add', [1, 2])
  container.resume()
  expect(await waiting).toBe(3)
  await container.stop()
  await expect(container.call('add', [1, 2])).rejects.toMatchObject({ code: 'STOPPED' })
})
