import { existsSync, readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { ContainerManager } from '../../src/index.ts'
import { describeInBoth } from '../both/describe-in-both.ts'
import { fixture } from '../containers/modules.ts'
import { cases } from './cases.ts'

setFlagsFromString('--expose-gc')
Object.assign(globalThis, { gc: runInNewContext('gc') as unknown })
afterAll(() => void Reflect.deleteProperty(globalThis, 'gc'))

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  async load(name) {
    if (name !== 'worker.js') return fixture(name)
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/runtimes/worker.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2023',
    })
    return outputFiles[0]?.contents ?? new Uint8Array()
  },
})

/** Each is a start of Node: ten thousand would take an hour on a busy machine, and what one leaves shows after fifty. */
test(
  '50 starts and stops in processes leave no process, pipe or handle',
  { timeout: 180_000 },
  async () => {
    const handles = (): Record<string, number> =>
      process
        .getActiveResourcesInfo()
        .reduce<Record<string, number>>(
          (counts, kind) => ({ ...counts, [kind]: (counts[kind] ?? 0) + 1 }),
          {},
        )
    const manager = new ContainerManager({ maxContainers: 2 })
    const cycle = async (): Promise<void> => {
      const container = await manager.run(fixture('native.wasm'), { execution: 'process' })
      await container.call('increment')
      await container.stop()
    }
    for (let n = 0; n < 5; n += 1) await cycle()
    await manager.cleanup()
    const [before, fds] = [handles(), openFiles()]
    const begun = performance.now()
    for (let n = 0; n < 50; n += 1) await cycle()
    const took = performance.now() - begun
    await manager.cleanup()
    await expect.poll(() => handles()['ProcessWrap'] ?? 0).toBe(before['ProcessWrap'] ?? 0)
    await expect.poll(() => handles()['PipeWrap'] ?? 0).toBe(before['PipeWrap'] ?? 0)
    await expect.poll(openFiles).toBeLessThanOrEqual(fds)
    console.log(
      `processes: ${(took / 50).toFixed(1)} ms a cycle, ${fds} files open before and after, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`,
    )
  },
)

/** Where the system tells. */
function openFiles(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}
