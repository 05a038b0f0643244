import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'

/** Each is a start of Node: ten thousand would take an hour on a busy machine, and what one leaves shows after fifty. */
test(
  '50 starts and stops in processes leave no process, pipe or handle',
  { timeout: 180_000 },
  async () => {
    const manager = new ContainerManager({ maxContainers: 2 })
    const cycle = async (): Promise<void> => {
      const container = await manager.run(fixture('native.wasm'), { execution: 'process' })
      await container.call('increment')
      await container.stop()
    }
    // This file starts no other process, so none is what there has to be; the runner's own pipes stay.
    const pipes = handles('PipeWrap')
    for (let n = 0; n < 5; n += 1) await cycle()
    await manager.cleanup()
    await expect.poll(() => handles('ProcessWrap')).toBe(0)
    await expect.poll(() => handles('PipeWrap')).toBe(pipes)
    const files = openFiles()
    const begun = performance.now()
    for (let n = 0; n < 50; n += 1) await cycle()
    const took = performance.now() - begun
    await manager.cleanup()
    await expect.poll(() => handles('ProcessWrap')).toBe(0)
    await expect.poll(() => handles('PipeWrap')).toBe(pipes)
    await expect.poll(openFiles).toBeLessThanOrEqual(files)
    console.log(
      `processes: ${(took / 50).toFixed(1)} ms a cycle, ${files} files open before and after, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`,
    )
  },
)

function handles(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length
}

/** Where the system tells. */
function openFiles(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}
