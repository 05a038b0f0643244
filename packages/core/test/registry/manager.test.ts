import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/index.ts'
import { createMemoryStore, createRegistryClient } from '../../src/registry/index.ts'
import { createFileStore } from '../../src/registry/node/index.ts'
import { native, workloads } from '../containers/modules.ts'
import { missingRegistry, startDebianRegistry, type DebianRegistry } from './debian-registry.ts'

/** The registry that `.ci/services` started, or one of this test's own. */
const shared = process.env['GAESUP_TEST_REGISTRY_URL']

describe.skipIf(missingRegistry !== '' && shared === undefined)(
  'a manager over a real registry',
  () => {
    const name = `manager-${process.pid}/counter`
    let own: DebianRegistry | undefined
    let registry = shared ?? ''
    let folder = ''

    beforeAll(async () => {
      if (shared === undefined) {
        own = await startDebianRegistry()
        registry = own.origin
      }
      folder = await mkdtemp(join(tmpdir(), 'gaesup-store-'))
      const client = createRegistryClient({ registry, store: createMemoryStore() })
      for (const version of ['1.0.0', '1.4.2', '2.0.0'])
        await client.push({ name, version, bytes: version === '2.0.0' ? workloads : native })
    })

    afterAll(async () => {
      await own?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    test('runs a range by the address of its registry, and says which version it is', async () => {
      const manager = new ContainerManager({ registry })
      const container = await manager.run(`${name}:^1.0.0`)
      expect([container.name, container.version]).toEqual([name, '1.4.2'])
      expect(await container.call('increment')).toBe(1)
      const newest = await manager.run(`${name}:*`)
      expect([newest.version, await newest.call('fib', [10])]).toEqual(['2.0.0', 55])
    })

    test('tells in its own words what the registry does not have', async () => {
      const manager = new ContainerManager({ registry })
      await expect(manager.run(`${name}:^3.0.0`)).rejects.toMatchObject({
        name: 'RegistryError',
        code: 'NOT_FOUND',
      })
      await expect(manager.run('no such name')).rejects.toMatchObject({
        code: 'REFERENCE_INVALID',
      })
      expect(manager.list()).toEqual([])
    })

    test('takes a client with its own store, and no byte twice', async () => {
      const asked: string[] = []
      const client = createRegistryClient({
        registry,
        store: createFileStore(folder),
        fetch: (input, init) => {
          asked.push(new Request(input, init).url)
          return fetch(input, init)
        },
      })
      for (let n = 0; n < 3; n += 1) {
        const manager = new ContainerManager({ registry: client })
        expect(await (await manager.run(`${name}:^1.0.0`)).call('increment')).toBe(1)
      }
      expect(asked.filter((url) => url.includes('/blobs/sha256:'))).toHaveLength(1)
      expect((await client.list()).map(({ version }) => version)).toEqual(['1.4.2'])
    })

    test('modules that are kept in memory go when they are more than cacheSize', async () => {
      const asked: string[] = []
      const manager = new ContainerManager({
        registry,
        cacheSize: 0,
        fetch: (input, init) => {
          asked.push(new Request(input, init).url)
          return fetch(input, init)
        },
      })
      for (let n = 0; n < 2; n += 1) await manager.run(`${name}:1.0.0`)
      expect(asked.filter((url) => url.includes('/blobs/sha256:'))).toHaveLength(2)
    })

    test('a start that is aborted ends the pull', async () => {
      const manager = new ContainerManager({
        registry,
        fetch: (_, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
          }),
      })
      const started = manager.run(`${name}:1.0.0`, {}, { signal: AbortSignal.timeout(50) })
      await expect(started).rejects.toMatchObject({ code: 'ABORTED' })
    })
  },
)

test('an address that is none is told when the first name comes', async () => {
  const manager = new ContainerManager({ registry: 'not an address' })
  await expect(manager.run('a:1')).rejects.toMatchObject({ name: 'RegistryError' })
})
