import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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
  load: async (name) => fixture(name),
})

test('10000 starts and stops in workers leave no worker behind', { timeout: 120_000 }, async () => {
  const workers = (): number =>
    (process.report.getReport() as { workers: readonly unknown[] }).workers.length
  const before = workers()
  const manager = new ContainerManager({ maxContainers: 4 })
  const begun = performance.now()
  for (let n = 0; n < 10_000; n += 1) {
    const container = await manager.run(fixture('native.wasm'), { execution: 'worker' })
    await container.call('increment')
    await container.stop()
  }
  const took = performance.now() - begun
  expect(workers()).toBeGreaterThan(before)
  await manager.cleanup()
  expect(workers()).toBe(before)
  console.log(
    `workers: ${(took / 10_000).toFixed(3)} ms a cycle, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`,
  )
})
