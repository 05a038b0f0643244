import { ContainerManager, type Execution } from '../../src/index.ts'
import { equal, type Case, type Load } from '../both/case.ts'

/** What the engine itself may keep more than before: code, inline caches, a heap that is not packed. */
const allowedBytes = 4 << 20

interface Measured {
  readonly gc?: () => void
  readonly process?: { memoryUsage(): { heapUsed: number; external: number; rss: number } }
  readonly performance: { readonly memory?: { readonly usedJSHeapSize: number } }
}

/** Bytes of the heap and of what hangs on it, after a collection. */
async function heapBytes(): Promise<number> {
  const { gc, process, performance } = globalThis as unknown as Measured
  if (gc === undefined) throw new Error('the collector is not exposed')
  for (let n = 0; n < 4; n += 1) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const usage = process?.memoryUsage()
  return usage === undefined
    ? (performance.memory?.usedJSHeapSize ?? Number.NaN)
    : usage.heapUsed + usage.external
}

/** The module, one of its functions, and how often it is started. */
const modules = [
  ['native.wasm', 'increment', 10_000],
  ['echo.wasm', 'echo', 10_000],
  ['reactor.wasm', 'count', 10_000],
] as const

/** Starts, calls and stops a module again and again; a leak of 1 kB in each cycle would be 10 MB. */
async function cycle(
  manager: ContainerManager,
  module: { readonly bytes: Uint8Array; readonly call: string; readonly execution?: Execution },
  count: number,
): Promise<void> {
  const { bytes, execution = 'in-thread' } = module
  for (let n = 0; n < count; n += 1) {
    const container = await manager.run(bytes, { execution })
    container.subscribe(() => undefined)
    await container.call(module.call)
    await container.stop()
  }
}

const startAndStop: readonly Case[] = modules.map(([name, call, count]) => ({
  title: `${count} starts and stops of ${name} leave no listener, container or memory`,
  async run(load) {
    const module = { bytes: await load(name), call }
    const manager = new ContainerManager({ maxContainers: 1 })
    await cycle(manager, module, 500)
    const before = await heapBytes()
    await cycle(manager, module, count)
    const after = await heapBytes()
    equal(manager.list(), [])
    for (const event of ['state:change', 'function:call', 'container:error'])
      equal(manager.events.listenerCount(event), 0)
    equal(manager.cacheUsage().modules, 1)
    await manager.cleanup()
    const grown = after - before
    if (!(grown < allowedBytes)) throw new Error(`the heap grew by ${grown} bytes`)
    return `${name}: heap ${kB(before)} before, ${kB(after)} after ${count} cycles`
  },
}))

interface Counted {
  /** Workers that were made and not ended. */
  readonly alive: () => number
  readonly stop: () => void
}

/** Node tells its workers in a report. */
function countNodeWorkers(report: NodeJS.ProcessReport): Counted {
  const count = (): number => (report.getReport() as { workers: readonly unknown[] }).workers.length
  const before = count()
  return { alive: () => count() - before, stop: () => undefined }
}

function countPageWorkers(): Counted {
  const { Worker: Original } = globalThis
  const alive = new Set<Worker>()
  globalThis.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args)
      alive.add(this)
    }

    override terminate(): void {
      alive.delete(this)
      super.terminate()
    }
  }
  return { alive: () => alive.size, stop: () => void (globalThis.Worker = Original) }
}

const shares: Case = {
  title: '10000 shares that are taken and given back leave no container, timer or memory',
  async run(load) {
    const bytes = await load('native.wasm')
    const timers = new Set<object>()
    const clock = {
      now: () => Date.now(),
      setTimer(_: number, run: () => void) {
        const timer = {}
        timers.add(timer)
        const fire = (): void => void (timers.delete(timer) && run())
        setTimeout(fire, 0)
        return () => void timers.delete(timer)
      },
    }
    const manager = new ContainerManager({ maxContainers: 4, releaseGrace: 0, clock })
    const share = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) {
        const [one, two] = [manager.acquire(bytes), manager.acquire(bytes)]
        await (await one.instance).call('increment')
        one.release()
        two.release()
        if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      }
    }
    await share(500)
    const before = await heapBytes()
    await share(10_000)
    const after = await heapBytes()
    equal([manager.list().length, timers.size], [0, 0])
    if (!(after - before < allowedBytes))
      throw new Error(`the heap grew by ${after - before} bytes`)
    return `shares: heap ${kB(before)} before, ${kB(after)} after 10000 cycles`
  },
}

const inWorkers: Case = {
  title: '10000 starts and stops in workers leave no worker, container or memory',
  async run(load) {
    const isNode = 'process' in globalThis
    const workers = isNode ? countNodeWorkers(process.report) : countPageWorkers()
    const manager = new ContainerManager({
      maxContainers: 2,
      ...(isNode ? {} : await script(load)),
    })
    const module = {
      bytes: await load('native.wasm'),
      call: 'increment',
      execution: 'worker',
    } as const
    await cycle(manager, module, 500)
    const before = await heapBytes()
    await cycle(manager, module, 10_000)
    const after = await heapBytes()
    // A thread is gone some time after it was told to end.
    const kept = await until(
      () => workers.alive(),
      (alive) => alive <= 2,
    )
    await manager.cleanup()
    const left = await until(
      () => workers.alive(),
      (alive) => alive === 0,
    )
    equal([manager.list().length, kept > 0 && kept <= 2, left], [0, true, 0])
    workers.stop()
    if (!(after - before < allowedBytes))
      throw new Error(`the heap grew by ${after - before} bytes`)
    return `workers: heap ${kB(before)} before, ${kB(after)} after 10000 cycles, ${kept} waiting`
  },
}

/** The count once it is as wanted, or as it is after 20 seconds. */
async function until(count: () => number, isWanted: (value: number) => boolean): Promise<number> {
  for (const end = performance.now() + 20_000; !isWanted(count()) && performance.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20))
  return count()
}

/** A page takes its workers' script from here. */
async function script(load: Load): Promise<{ workerUrl: string }> {
  const text = new Blob([Uint8Array.from(await load('worker.js'))], { type: 'text/javascript' })
  return { workerUrl: URL.createObjectURL(text) }
}

export const cases: readonly Case[] = [...startAndStop, shares, inWorkers]

function kB(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`
}
