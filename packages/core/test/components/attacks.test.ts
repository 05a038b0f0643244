import { describe, expect, test } from 'vitest'
import { maxHandles } from '../../src/abi/component/crossing.ts'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { assemble } from './build.ts'
import { bombs, crowd, ownResources, pollables } from './attack-texts.ts'

const page = 65_536
const start = async (text: string, config?: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(await assemble(text), config)

describe.each([
  ['of the host', pollables],
  ['of its own', ownResources],
])('resources %s', (_kind, text) => {
  test('are no more than the most that may be open', async () => {
    const container = await start(text)
    await expect(container.call('hoard')).rejects.toMatchObject({
      name: 'ContainerMemoryError',
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining(String(maxHandles)) as string,
    })
  })

  test('that are dropped make room for others', async () => {
    const container = await start(text)
    expect(await container.call('churn', [maxHandles + 10])).toBeUndefined()
    expect(await container.call('churn', [maxHandles + 10])).toBeUndefined()
  })
})

test('a handle that was dropped is a trap', async () => {
  const container = await start(pollables)
  await expect(container.call('dangle')).rejects.toMatchObject({ code: 'TRAPPED' })
  expect(container.status).toBe('error')
})

describe('values that cross', () => {
  test.each(['texts', 'blobs'])(
    '%s that name the same bytes are counted each time',
    async (name) => {
      const container = await start(bombs)
      expect(await container.call(name, [20])).toHaveLength(20)
      await expect(container.call(name, [60_000])).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    },
  )

  test('a list of handles is no longer than fits', async () => {
    const container = await start(pollables)
    expect(await container.call('ask', [100_000])).toBeUndefined()
    await expect(container.call('ask', [8_000_000])).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
  })

  test('random bytes are no more than a mebibyte at once', async () => {
    const container = await start(bombs)
    expect(await container.call('dice', [1000n])).toBeUndefined()
    await expect(container.call('dice', [2n ** 40n])).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
    })
  })
})

describe('time and fuel', () => {
  test('a pollable that is waited for an hour ends with the time of the call', async () => {
    const container = await start(pollables, { maxCpuTime: 3000 })
    await expect(container.call('rest', [3_600_000_000_000n])).rejects.toMatchObject({
      code: 'TIME_LIMIT',
    })
  })

  test('maxFuel is for all core modules together, and anew for each call', async () => {
    const container = await start(crowd, { maxFuel: 1_000_000n })
    const share = 50_000
    await container.call('one', [share])
    await container.call('one', [share])
    await expect(container.call('all', [share])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
    const richer = await start(crowd, { maxFuel: 8_000_000n })
    expect(await richer.call('all', [share])).toBeUndefined()
    expect(await richer.call('all', [share])).toBeUndefined()
  })

  test.each([
    ['CPU_LIMIT', { maxFuel: 1_000_000n }],
    ['TIME_LIMIT', { maxCpuTime: 3000 }],
  ] as const)('core modules that take turns for ever end with %s', async (code, config) => {
    const container = await start(crowd, config)
    await expect(container.call('turns')).rejects.toMatchObject({ code })
  })

  test.each([
    ['CPU_LIMIT', 50_000, { maxFuel: 1_000_000n }],
    ['TIME_LIMIT', 4_000_000, { maxCpuTime: 50 }],
  ] as const)(
    'start functions that are short end together with %s',
    async (code, turns, config) => {
      const one = `(core module $m (func $start (local i32) (local.set 0 (i32.const ${turns}))
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))) (start $start))
      (core instance $first (instantiate $m))`
      expect((await start(`(component ${one})`, { maxFuel: 50_000_000n })).status).toBe('running')
      const many = `(component ${one} ${'(core instance (instantiate $m))'.repeat(60)})`
      await expect(start(many, config)).rejects.toMatchObject({ code })
    },
  )

  test('recursion ends with maxCallDepth', async () => {
    const container = await start(crowd, { maxCallDepth: 100 })
    await expect(container.call('deep')).rejects.toMatchObject({ code: 'DEPTH_LIMIT' })
  })
})

describe('memory', () => {
  test('is shared by all instances, whatever module they are of', async () => {
    const container = await start(crowd, { maxMemory: 80 * page })
    expect(await container.call('hog')).toBe(80)
    expect(container.getMemoryUsage()).toMatchObject({ allocated: 80 * page, limit: 80 * page })
    await expect(start(crowd, { maxMemory: 7 * page })).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
    })
  })

  test('more instances or tables than a component may have are refused', async () => {
    const many = (module: string, count: number): string =>
      `(component (core module $m ${module}) ${'(core instance (instantiate $m))'.repeat(count)})`
    await expect(start(many('', 65))).rejects.toMatchObject({ code: 'MODULE_UNSUPPORTED' })
    await expect(start(many('(table 1 funcref)', 9))).rejects.toMatchObject({
      code: 'MODULE_UNSUPPORTED',
    })
    expect((await start(many('(table 1 funcref)', 8))).functions).toEqual([])
  })
})
