import { afterEach, describe, expect, test } from 'vitest'
import { ContainerManager, type ContainerInstance, type Execution } from '../../src/index.ts'
import { fixture } from './modules.ts'

const module = fixture('native.wasm')
const oneMiB = 2 ** 20
const managers: ContainerManager[] = []

afterEach(() => Promise.all(managers.splice(0).map((one) => one.cleanup())))

/** A manager whose containers have memory for two modules at a time, so that one that was not closed is noticed. */
function createManager(): ContainerManager {
  const manager = new ContainerManager({ performance: { memoryPoolSize: 2 * oneMiB } })
  managers.push(manager)
  return manager
}

describe.each<Execution>(['in-thread', 'worker'])('a container %s', (execution) => {
  const run = (manager: ContainerManager): Promise<ContainerInstance> =>
    manager.run(module, { execution, maxMemory: oneMiB })

  test.each(['restart', 'restore', 'reload'] as const)(
    'that is stopped during a %s stays stopped, and nothing of it runs on',
    async (change) => {
      const manager = createManager()
      const container = await run(manager)
      const snapshot = await container.snapshot()
      const changed = {
        restart: () => container.restart(),
        restore: () => container.restore(snapshot),
        reload: () => container.reload(module),
      }
        [change]()
        .catch((error: unknown) => error)
      const states: string[] = []
      await container.stop()
      states.push(container.status)
      await changed
      expect([...states, container.status]).toEqual(['stopped', 'stopped'])
      await expect(container.call('increment')).rejects.toMatchObject({ code: 'STOPPED' })
      await expect(Promise.all([run(manager), run(manager)])).resolves.toHaveLength(2)
    },
  )

  test('that is paused during a restart is paused after it, and can be resumed', async () => {
    const container = await run(createManager())
    const restarted = container.restart()
    container.pause()
    const waiting = container.call('increment')
    await restarted
    expect(container.status).toBe('paused')
    container.resume()
    expect(container.status).toBe('running')
    await expect(waiting).resolves.toBe(1)
  })
})

test('a download for a reload ends with its container', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<AbortSignal>()
  const never = new Promise<never>(() => undefined)
  const manager = new ContainerManager({
    resolve: (_name, { signal }) => {
      resolve(signal)
      return never
    },
  })
  managers.push(manager)
  const container = await manager.run(module)
  const reloaded = container.reload('another:1.0.0').catch((error: unknown) => error)
  const signal = await asked
  await container.stop()
  expect(signal.aborted).toBe(true)
  expect(await reloaded).toMatchObject({ code: 'STOPPED' })
})

/** Interrupts a start when its module runs, and all that is left is its state. */
async function interrupt(how: (manager: ContainerManager, abort: AbortController) => unknown) {
  const abort = new AbortController()
  const load = async (): Promise<undefined> => void (await how(manager, abort))
  const manager = new ContainerManager({
    stateStore: { load, save: () => Promise.resolve() },
    performance: { memoryPoolSize: oneMiB },
  })
  managers.push(manager)
  const config = { persistentData: true, maxMemory: oneMiB }
  await expect(manager.run(module, config, { signal: abort.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  expect([manager.list(), manager.starting()]).toEqual([[], []])
  await expect(manager.run(module, { maxMemory: oneMiB })).resolves.toBeDefined()
}

test('a container that starts when the manager is cleaned up does not run after it', () =>
  interrupt((manager) => manager.cleanup()))

test('a start that is aborted when its module runs already is aborted', () =>
  interrupt((_manager, abort) => abort.abort()))

test('a module that ends itself while its container is paused lets no call wait for ever', async () => {
  const manager = createManager()
  const container = await manager.run(fixture('reactor.wasm'), { maxMemory: oneMiB })
  manager.events.once('function:call', () => container.pause())
  expect(() => container.callSync('leave', [3])).toThrow('exit code 3')
  expect(container.status).toBe('error')
  await expect(container.call('count')).rejects.toMatchObject({ code: 'STOPPED' })
  await container.restart()
  expect(container.status).toBe('running')
  expect(container.callSync('count')).toBe(1)
})
