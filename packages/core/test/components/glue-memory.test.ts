import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { evaluateFunction } from '../../src/abi/component/evaluate.ts'
import { ContainerManager } from '../../src/index.ts'
import { assemble } from './build.ts'
import { answering } from './texts.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
afterAll(() => setFlagsFromString('--no-expose-gc'))

test('glue that nobody has any more is collected', async () => {
  const glues = Array.from({ length: 100 }, (_, n) => {
    const instantiate = evaluateFunction(
      `function instantiate() { return ${n} }\nreturn instantiate`,
    )()
    return new WeakRef(instantiate as () => number)
  })
  const left = (): number => {
    gc()
    return glues.filter((one) => one.deref() !== undefined).length
  }
  await expect.poll(left).toBe(0)
})

/** The text of the glue alone is a fifth of a megabyte. */
const mebibyte = 2 ** 20

test('starts of many distinct components leave no glue behind', async () => {
  const manager = new ContainerManager({ cacheSize: 0 })
  const startMany = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n += 1) {
      const container = await manager.run(await assemble(answering(n)))
      expect(await container.call('f')).toBe(n)
      await container.stop()
    }
  }
  const used = (): number => {
    gc()
    return process.memoryUsage().heapUsed
  }
  await startMany(0, 20)
  const before = used()
  await startMany(20, 120)
  await expect.poll(() => used() - before).toBeLessThan(8 * mebibyte)
  await manager.cleanup()
}, 180_000)
