import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContainerSnapshot } from '../../src/containers/snapshot.ts'
import { ContainerManager, type ContainerConfig } from '../../src/index.ts'
import { fixture, native } from './modules.ts'

const seed = 20_261_121

/** One thing in a snapshot that is not what it was. */
const damage: fc.Arbitrary<(snapshot: ContainerSnapshot) => unknown> = fc.oneof(
  fc
    .array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 200 })
    .map((flips) => (snapshot: ContainerSnapshot) => {
      const memory = snapshot.image.memory.slice()
      for (const [at, value] of flips) memory[at % memory.length] = value
      return { ...snapshot, image: { ...snapshot.image, memory } }
    }),
  fc.nat(300_000).map((length) => (snapshot: ContainerSnapshot) => {
    const memory = new Uint8Array(length)
    memory.set(snapshot.image.memory.subarray(0, length))
    return { ...snapshot, image: { ...snapshot.image, memory } }
  }),
  fc.constantFrom(0, 1, 2, 40, 4096).map((pages) => (snapshot: ContainerSnapshot) => {
    const memory = new Uint8Array(pages * 65_536)
    return { ...snapshot, image: { ...snapshot.image, memory } }
  }),
  fc
    .array(fc.oneof(fc.integer(), fc.bigInt(), fc.double(), fc.anything()), { maxLength: 4 })
    .map((globals) => (snapshot: ContainerSnapshot) => ({
      ...snapshot,
      image: { ...snapshot.image, globals },
    })),
  fc
    .tuple(fc.nat(5), fc.oneof(fc.integer(), fc.bigInt(), fc.double(), fc.anything()))
    .map(([at, value]) => (snapshot: ContainerSnapshot) => ({
      ...snapshot,
      image: {
        ...snapshot.image,
        globals: snapshot.image.globals.with(
          at % Math.max(1, snapshot.image.globals.length),
          value as number,
        ),
      },
    })),
  fc.anything().map((extra) => (snapshot: ContainerSnapshot) => ({
    ...snapshot,
    image: { ...snapshot.image, extra },
  })),
  fc
    .tuple(fc.constantFrom('format', 'digest', 'image', 'state'), fc.anything())
    .map(([field, value]) => (snapshot: ContainerSnapshot) => ({ ...snapshot, [field]: value })),
  fc.anything().map((value) => () => value),
)

/** What must never happen: an error without a code, or a container that is no more. */
async function attack(
  {
    bytes,
    call,
    expected,
    numRuns,
  }: { bytes: Uint8Array; call: string; expected: unknown; numRuns: number },
  config: ContainerConfig = {},
): Promise<void> {
  const manager = new ContainerManager()
  const container = await manager.run(bytes, { maxCpuTime: 2000, maxMemory: 4 << 20, ...config })
  const good = await container.snapshot()
  await fc.assert(
    fc.asyncProperty(damage, async (change) => {
      try {
        await container.restore(change(good) as ContainerSnapshot)
        // Memory that is anything may make the module fail; it does so as a module does.
        await container
          .call(call)
          .catch((error: unknown) =>
            expect(error).toMatchObject({ code: expect.any(String) as string }),
          )
      } catch (error) {
        expect([
          'INTEGRITY',
          'SNAPSHOT_UNSUPPORTED',
          'MEMORY_LIMIT',
          'GUEST_FAILED',
          'TRAPPED',
        ]).toContain((error as { code: string }).code)
      }
      await container.restore(good)
      expect(await container.call(call)).toBe(expected)
      expect(container.status).toBe('running')
    }),
    { numRuns, seed },
  )
  expect(manager.list()).toEqual([container])
  await manager.cleanup()
}

test('a damaged snapshot is refused, or makes a module that fails as modules do; the good one still fits', () =>
  attack({ bytes: native, call: 'increment', expected: 1, numRuns: 400 }))

test('the same where the host keeps the state', () =>
  attack({ bytes: fixture('held.wasm'), call: 'get', expected: undefined, numRuns: 200 }))

test('the same in a worker', () =>
  attack({ bytes: native, call: 'increment', expected: 1, numRuns: 50 }, { execution: 'worker' }))

test('a state that nests deeper than the stack is not kept, with a typed error, and its container stops', async () => {
  let deep: unknown = 0
  for (let n = 0; n < 100_000; n += 1) deep = [deep]
  const stateStore = { load: async () => undefined, save: async () => undefined }
  const manager = new ContainerManager({ stateStore })
  const container = await manager.run(fixture('held.wasm'), { persistentData: true })
  const snapshot = await container.snapshot()
  const extra = { state: deep, version: 7 }
  await container.restore({ ...snapshot, image: { ...snapshot.image, extra } })
  await expect(container.stop()).rejects.toMatchObject({ code: 'HOST_FAILED' })
  expect(container.status).toBe('stopped')
  expect(manager.list()).toEqual([])
})
