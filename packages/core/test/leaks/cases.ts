import { ContainerManager } from '../../src/index.ts'
import { equal, type Case } from '../both/case.ts'

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
  module: { readonly bytes: Uint8Array; readonly call: string },
  count: number,
): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const container = await manager.run(module.bytes)
    container.subscribe(() => undefined)
    await container.call(module.call)
    await container.stop()
  }
}

export const cases: readonly Case[] = modules.map(([name, call, count]) => ({
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

function kB(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`
}
