import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/manager.ts'
import { assemble, i32, i64, signed } from '../binary/assemble.ts'
import { fixture, settle, start } from '../containers/modules.ts'

/** One digit of state at address 100; `set` moves the version, `change` does not. */
const store = [0x41, ...signed(100), 0x20, 0, 0x3a, 0, 0]
const versioned = assemble({
  memories: [[0, 1]],
  globals: 2,
  start: 3,
  functions: [
    { params: [i32], results: [i32], code: [0x41, 8], export: 'gsp_alloc' },
    { params: [i32], code: [...store, 0x23, 0, 0x42, 1, 0x7c, 0x24, 0], export: 'set' },
    { params: [i32], code: [...store], export: 'change' },
    { code: [0x41, ...signed(48), 0x10, 1] },
    { results: [i64], code: [0x42, ...signed((100n << 32n) | 1n)], export: 'gsp_state' },
    { code: [0x42, ...signed(1234), 0x24, 1], export: 'use' },
  ],
  exports: [
    { name: 'gsp_state_version', kind: 3, index: 0 },
    { name: 'gsp_memory_used', kind: 3, index: 1 },
  ],
})

test('a state is read anew only when the version moved', async () => {
  const { container } = await start({}, { bytes: versioned })
  expect(container.state).toBe(0)
  await container.call('set', 53)
  expect(container.state).toBe(5)
  await container.call('change', 54)
  expect(container.state).toBe(5)
  await container.call('set', 55)
  expect(container.state).toBe(7)
})

test('a state that cannot be replaced says so', async () => {
  const { container } = await start({}, { bytes: versioned })
  await expect(container.updateState(1)).rejects.toMatchObject({ code: 'GUEST_FAILED' })
})

test('used memory is what the module’s global says, and never more than it has', async () => {
  const { container } = await start({}, { bytes: versioned })
  await container.call('use')
  expect(container.getMemoryUsage()).toMatchObject({ used: 1234, allocated: 65_536 })
})

test('a state that the host holds is set and seen from both sides', async () => {
  const { container } = await start({}, { bytes: fixture('held.wasm') })
  const heard: unknown[] = []
  container.subscribe((state) => heard.push(state))
  await container.call('set', [1, { a: 2 }])
  await settle()
  expect(container.state).toEqual([1, { a: 2 }])
  expect(heard).toEqual([[1, { a: 2 }]])
  await container.updateState(7)
  await expect(container.call('get')).resolves.toBe(7)
  const snapshot = await container.snapshot()
  await container.call('keep')
  expect(container.state).toBeUndefined()
  await container.restore(snapshot)
  await expect(container.call('get')).resolves.toBe(7)
  await expect(container.updateState('x'.repeat(5000))).resolves.toBeUndefined()
  await expect(container.call('get')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
})

test('what a module logs is told from WARN on, and all of it with debugMode', async () => {
  const told = async (debugMode: boolean): Promise<string[]> => {
    const manager = new ContainerManager({ debugMode })
    const container = await manager.run(fixture('held.wasm'))
    const logs: string[] = []
    manager.events.on('log', (entry: { level: number; message: string }) =>
      logs.push(`${entry.level} ${entry.message}`),
    )
    for (const level of [0, 1, 2, 4]) await container.call('say', level)
    return logs
  }
  expect(await told(false)).toEqual(['0 hello', '1 hello'])
  expect(await told(true)).toEqual(['0 hello', '1 hello', '2 hello', '4 hello'])
})
