import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/manager.ts'
import { openHostWorker, type HostWorker } from '../../src/runtimes/worker/host-worker.ts'
import { createWorkerRuntime } from '../../src/runtimes/worker/worker-runtime.ts'
import type { RuntimeAdapter } from '../../src/runtimes/runtime-adapter.ts'
import { fixture, native } from '../containers/modules.ts'
import { within } from '../both/case.ts'

interface Watched {
  readonly runtime: RuntimeAdapter
  /** Every worker that was opened. */
  readonly opened: HostWorker[]
  readonly ended: HostWorker[]
}

function watched(
  maxThreads = 4,
  open: () => HostWorker = () => openHostWorker(undefined),
): Watched {
  const opened: HostWorker[] = []
  const ended: HostWorker[] = []
  const runtime = createWorkerRuntime('nodejs', {
    maxThreads,
    open() {
      const worker = open()
      worker.onEnd(() => ended.push(worker))
      opened.push(worker)
      return worker
    },
  })
  return { runtime, opened, ended }
}

const inWorker = { runtime: 'nodejs', execution: 'worker' } as const

test('a worker is used again by the next container, which sees nothing of the last one', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  for (let n = 0; n < 10; n += 1) {
    const container = await manager.run(native, inWorker)
    expect(await container.call('increment')).toBe(1)
    await container.stop()
  }
  expect(opened.length).toBe(1)
  await manager.cleanup()
})

test('containers that run at once have a worker each, and work side by side', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const spinning = await manager.run(native, inWorker)
  const other = await manager.run(native, inWorker)
  const stop = new AbortController()
  const call = spinning
    .call('spin', [], { signal: stop.signal })
    .catch((error: unknown) => (error as { code: string }).code)
  expect(await other.call('increment')).toBe(1)
  stop.abort()
  expect(await call).toBe('ABORTED')
  expect(opened.length).toBe(2)
  await manager.cleanup()
})

test('one container more than there may be workers is refused', async () => {
  const manager = new ContainerManager({ workerThreads: 1 })
  const first = await manager.run(native, inWorker)
  await expect(manager.run(native, inWorker)).rejects.toMatchObject({ code: 'CAPACITY' })
  await first.stop()
  await (await manager.run(native, inWorker)).stop()
  await manager.cleanup()
})

test('a container whose state cannot be loaded keeps no worker', async () => {
  const stateStore = {
    load: () => Promise.reject(new Error('broken')),
    save: () => Promise.resolve(),
  }
  const manager = new ContainerManager({ workerThreads: 1, stateStore })
  const start = manager.run(native, { ...inWorker, persistentData: true })
  await expect(start).rejects.toMatchObject({ code: 'HOST_FAILED' })
  expect(await (await manager.run(native, inWorker)).call('increment')).toBe(1)
  await manager.cleanup()
})

test('a worker that crashes is reported, takes no other with it, and is not used again', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const errors: unknown[] = []
  manager.events.on('container:error', ({ error }) => errors.push(error))
  const container = await manager.run(native, inWorker)
  const other = await manager.run(native, inWorker)
  await container.call('increment')
  const call = container.call('spin')
  await opened[0]?.end()
  await expect(call).rejects.toMatchObject({ code: 'RUNTIME_LOST', details: { lost: 'worker' } })
  expect(container.status).toBe('error')
  expect(errors.length).toBe(1)
  expect(await other.call('increment')).toBe(1)
  await container.restart()
  expect(await container.call('increment')).toBe(1)
  expect(opened.length).toBe(3)
  await manager.cleanup()
})

test('a worker that crashes between two calls is noticed before the next one', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const container = await manager.run(native, inWorker)
  await opened[0]?.end()
  expect(container.status).toBe('error')
  expect((await container.healthCheck()).message).toContain('worker is gone')
  await expect(container.call('increment')).rejects.toMatchObject({ code: 'STOPPED' })
  await manager.cleanup()
})

test('a module without limits of its own is ended with its worker by a signal, and says so', async () => {
  const { runtime, ended } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const container = await manager.run(native, { ...inWorker, maxCpuTime: Infinity })
  const controller = new AbortController()
  setTimeout(() => controller.abort('enough'), 20)
  const call = container.call('fill', [], { signal: controller.signal })
  await within(20_000, () =>
    expect(call).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'enough',
      details: { lost: 'worker' },
    }),
  )
  expect(container.status).toBe('error')
  await expect.poll(() => ended.length).toBe(1)
  await manager.cleanup()
})

test('a worker that never answers is ended a second after maxCpuTime', async () => {
  const silent = (): HostWorker => {
    const worker = openHostWorker(undefined)
    let asks = 0
    // The start comes through; what comes after it does not.
    return { ...worker, post: (message) => ((asks += 1) > 1 ? undefined : worker.post(message)) }
  }
  const { runtime, ended } = watched(4, silent)
  const manager = new ContainerManager({ runtimes: [runtime] })
  const container = await manager.run(native, { ...inWorker, maxCpuTime: 100 })
  const call = container.call('increment')
  await within(20_000, () =>
    expect(call).rejects.toMatchObject({ code: 'TIME_LIMIT', details: { lost: 'worker' } }),
  )
  await expect.poll(() => ended.length).toBe(1)
  await manager.cleanup()
})

test('a script that is not there fails the start', async () => {
  const manager = new ContainerManager({ workerUrl: new URL('file:///no/such/worker.js') })
  await expect(manager.run(native, inWorker)).rejects.toMatchObject({ code: 'STARTUP_FAILED' })
  expect(manager.list()).toEqual([])
})

test('cleanup ends all workers', async () => {
  const { runtime, opened, ended } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const containers = await Promise.all([1, 2, 3].map(() => manager.run(native, inWorker)))
  await Promise.all(containers.map((one) => one.stop()))
  expect(ended.length).toBe(0)
  await manager.cleanup()
  await expect.poll(() => ended.length).toBe(opened.length)
})

test('a thousand starts and stops open one worker and leave no memory behind', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  const cycle = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      const container = await manager.run(native, inWorker)
      await container.call('increment')
      await container.stop()
    }
  }
  await cycle(200)
  const before = process.memoryUsage().rss
  await cycle(1000)
  const grown = process.memoryUsage().rss - before
  console.info(`1,000 starts and stops in a worker: ${Math.round(grown / 1024)} KiB more`)
  expect(opened.length).toBe(1)
  expect(grown).toBeLessThan(64 * 2 ** 20)
  await manager.cleanup()
})

test.each(['flood_events', 'flood_logs'])(
  'what a module sends in one call is bounded, and the call ends with it: %s',
  async (name) => {
    const manager = new ContainerManager()
    const isolation = { crossContainerComm: true }
    const container = await manager.run(fixture('flood.wasm'), { ...inWorker, isolation })
    await expect(container.call(name)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    expect(await container.call('count')).toBe(1)
    await manager.cleanup()
  },
)

test('a worker starts any number of modules one after the other, each as it is', async () => {
  const { runtime, opened } = watched()
  const manager = new ContainerManager({ runtimes: [runtime] })
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 12; n += 1) {
      // Another limit makes another module of the same bytes.
      const container = await manager.run(native, { ...inWorker, maxMemory: (20 + n) * 65_536 })
      await container.call('hog')
      expect(container.getMemoryUsage().allocated).toBe((20 + n) * 65_536)
      await container.stop()
    }
  }
  expect(opened.length).toBe(1)
  await manager.cleanup()
})

test.each(['worker', 'process'] as const)(
  'what cannot be passed to a %s is refused, and the container lives on',
  async (execution) => {
    const manager = new ContainerManager()
    const container = await manager.run(native, { runtime: 'nodejs', execution })
    await expect(container.call('echo', [() => 1])).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    })
    expect(await container.call('increment')).toBe(1)
    await container.stop()
    await manager.cleanup()
  },
)
