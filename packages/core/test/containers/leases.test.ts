import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { Clock, StateStore } from '../../src/containers/types.ts'
import { native, settle, workloads } from './modules.ts'

/** Timers that run when the test says so. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 0
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    setTimer(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer)
        timer.run()
      }
      await settle()
    },
  }
}

test('all who ask for the same module with the same options share one container', async () => {
  const clock = manualClock()
  const manager = new ContainerManager({ clock })
  const first = manager.acquire(native, { maxMemory: 1 << 20, environment: { a: '1', b: '2' } })
  const second = manager.acquire(native, { environment: { b: '2', a: '1' }, maxMemory: 1 << 20 })
  const other = manager.acquire(native, { maxMemory: 2 << 20 })
  expect(await first.instance).toBe(await second.instance)
  expect(await other.instance).not.toBe(await first.instance)
  expect(first.key).toBe(second.key)
  expect(manager.list()).toHaveLength(2)
})

test('a container stays for a grace after its last share, and no longer', async () => {
  const clock = manualClock()
  const manager = new ContainerManager({ clock, releaseGrace: 100 })
  const first = manager.acquire(native)
  const second = manager.acquire(native)
  const container = await first.instance
  first.release()
  first.release()
  await clock.advance(1000)
  expect(container.status).toBe('running')
  second.release()
  await clock.advance(99)
  const third = manager.acquire(native)
  await clock.advance(1000)
  expect(await third.instance).toBe(container)
  expect(container.status).toBe('running')
  third.release()
  await clock.advance(100)
  expect(container.status).toBe('stopped')
  expect(manager.list()).toEqual([])
})

test('a share that is released before the start ended still stops the container', async () => {
  const clock = manualClock()
  const manager = new ContainerManager({ clock, releaseGrace: 0 })
  const lease = manager.acquire(native)
  lease.release()
  await clock.advance(1)
  await (await lease.instance).stop()
  expect(manager.list()).toEqual([])
})

test('a start that failed is tried anew, and a container stopped by hand replaced', async () => {
  let fails = true
  const manager = new ContainerManager({
    clock: manualClock(),
    resolve: async () => {
      if (fails) throw new Error('down')
      return native
    },
  })
  await expect(manager.acquire('x:1').instance).rejects.toThrow('down')
  fails = false
  const container = await manager.acquire('x:1').instance
  await container.stop()
  const next = await manager.acquire('x:1').instance
  expect(next).not.toBe(container)
  expect(next.status).toBe('running')
})

function memoryStore(): StateStore & { kept: Map<string, string>; saves: number } {
  const kept = new Map<string, string>()
  return {
    kept,
    saves: 0,
    load: async (key) => kept.get(key),
    async save(key, json) {
      this.saves += 1
      kept.set(key, json)
    },
  }
}

test('persistentData keeps the state across restarts, newest last and not once per change', async () => {
  const stateStore = memoryStore()
  const manager = new ContainerManager({ stateStore, resolve: async () => native })
  const first = await manager.run('counter:1', { persistentData: true, initialState: 40 })
  await Promise.all(Array.from({ length: 50 }, () => first.call('increment')))
  await first.stop()
  expect(stateStore.kept.get('counter')).toBe('90')
  expect(stateStore.saves).toBeLessThan(50)
  const second = await manager.run('counter:2', { persistentData: true, initialState: 40 })
  expect(second.state).toBe(90)
  const without = await manager.run('counter:2')
  expect(without.state).toBe(0)
})

test('modules without a name do not share what is kept', async () => {
  const stateStore = memoryStore()
  const manager = new ContainerManager({ stateStore })
  const first = await manager.run(native, { persistentData: true })
  const other = await manager.run(workloads, { persistentData: true })
  await first.updateState(5)
  await other.updateState('mine')
  await manager.cleanup()
  expect([...stateStore.kept.values()].sort()).toEqual(['"mine"', '5'])
  expect((await manager.run(native, { persistentData: true })).state).toBe(5)
})

test('a store that fails is told: loading refuses the start, saving is an event and fails the stop', async () => {
  const cause = new Error('disk full')
  const loading = new ContainerManager({
    stateStore: { load: () => Promise.reject(cause), save: async () => undefined },
  })
  await expect(loading.run(workloads, { persistentData: true })).rejects.toMatchObject({
    code: 'HOST_FAILED',
    cause,
  })
  expect(loading.list()).toEqual([])
  const saving = new ContainerManager({
    stateStore: { load: async () => undefined, save: () => Promise.reject(cause) },
  })
  const told: string[] = []
  saving.events.on('container:error', ({ error }) => told.push(error.message))
  const container = await saving.run(workloads, { persistentData: true })
  await container.updateState(1)
  await settle()
  expect(told).toHaveLength(1)
  await expect(container.stop()).rejects.toMatchObject({ code: 'HOST_FAILED' })
  expect(container.status).toBe('stopped')
  expect(saving.list()).toEqual([])
})
