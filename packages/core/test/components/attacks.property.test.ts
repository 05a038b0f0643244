import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ContainerError, ContainerManager } from '../../src/index.ts'
import { assemble } from './build.ts'
import { library } from './texts.ts'

const manager = new ContainerManager({ cacheSize: 0 })
let component = new Uint8Array()
beforeAll(async () => {
  component = await assemble(library)
})
afterAll(() => manager.cleanup())

/** What a call or a start comes to; anything but a `ContainerError`, or a `TypeError` for an argument of another type, is thrown on. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof ContainerError) return error.code
    if (error instanceof TypeError) return error.name
    throw error
  }
}

test('a component with any bytes changed runs, or is refused or stopped with a typed error; the next one runs', async () => {
  const change = fc.tuple(fc.nat(), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = component.slice()
      for (const [at, byte] of changes) bytes[8 + (at % (bytes.length - 8))] = byte
      const starting = manager.run(bytes, { maxFuel: 1_000_000n })
      expect(await outcome(starting)).not.toBe('TypeError')
      const container = await starting.catch(() => undefined)
      for (const name of container?.functions ?? [])
        await outcome(container?.call(name, ['x']) ?? Promise.resolve())
      await container?.stop()
    }),
    { numRuns: 80 },
  )
  const whole = await manager.run(component)
  expect(await whole.call('greet', ['x'])).toBe('hello x')
}, 180_000)
