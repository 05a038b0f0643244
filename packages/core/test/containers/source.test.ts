import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { loadSource, type SourcePorts } from '../../src/containers/source.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import { createMemoryStore, createRegistryClient } from '../../src/registry/index.ts'
import { createNodePorts } from '../../src/registry/node/index.ts'
import { native, start } from './modules.ts'

const elsewhere = (): Uint8Array =>
  runInNewContext('Uint8Array.from(bytes)', { bytes: [...native] }) as Uint8Array

test('bytes are copied, those of a Buffer too, so that nothing changes between check and use', async () => {
  const buffer = Buffer.from(native)
  const { signal } = new AbortController()
  const { bytes } = await loadSource(buffer, {} as SourcePorts, signal)
  buffer.fill(0)
  expect(Buffer.from(native).equals(bytes)).toBe(true)
})

test('bytes of another context are bytes, from the caller and from a resolver', async () => {
  const manager = new ContainerManager({ resolve: async () => elsewhere() })
  for (const source of [elsewhere(), 'named:1.0.0'])
    expect(await (await manager.run(source)).call('increment')).toBe(1)
})

test('a script keeps a state of objects that come from another context', async () => {
  const { container } = await start()
  const state: unknown = runInNewContext('({ a: [{ b: 1 }] })')
  await expect(container.updateState(state)).rejects.toMatchObject({ code: 'GUEST_FAILED' })
  expect(await container.call('echo', state)).toEqual([{ a: [{ b: 1 }] }])
})

test('the scheme of an address is read in any case, and a path is told how to be one', async () => {
  const manager = new ContainerManager()
  await expect(manager.run('HTTP://modules.example/a.wasm')).rejects.toThrow('over https: only')
  await expect(manager.run('FILE:///no/such/file.wasm')).rejects.toThrow('ENOENT')
  await expect(manager.run('./counter.wasm')).rejects.toThrow('a path is given as a file: URL')
})

const address = 'https://modules.example/native.wasm'
const served: typeof fetch = async () => new Response(Buffer.from(native))

test('the fragment of an address pins its bytes', async () => {
  const digest = `sha256:${createHash('sha256').update(native).digest('hex')}`
  const manager = new ContainerManager({ fetch: served })
  const container = await manager.run(`${address}#${digest}`)
  expect([container.name, await container.call('increment')]).toEqual(['native', 1])
  for (const pin of [digest.replace(/.$/, (last) => (last === '0' ? '1' : '0')), 'sha256:', 'x'])
    await expect(manager.run(`${address}#${pin}`)).rejects.toMatchObject({ code: 'INTEGRITY' })
  const file = new URL('../fixtures/containers/native.wasm', import.meta.url).href
  await expect(manager.run(`${file}#${digest}`)).rejects.toMatchObject({ code: 'INTEGRITY' })
})

test('a client of the caller keeps its rules for addresses too', async () => {
  const options = { registry: 'https://registry.example', fetch: served }
  const file = new URL('../fixtures/containers/native.wasm', import.meta.url).href
  const store = createMemoryStore()
  const closed = createRegistryClient({ ...options, store, hosts: [], policy: { keys: [] } })
  const manager = new ContainerManager({ registry: closed, fetch: served })
  await expect(manager.run(address)).rejects.toMatchObject({ code: 'UNTRUSTED' })
  await expect(manager.run(file)).rejects.toMatchObject({ name: 'RegistryError' })
  const listed = createRegistryClient({ ...options, store, hosts: ['other.example'] })
  const strict = new ContainerManager({ registry: listed, fetch: served })
  await expect(strict.run(address)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(strict.run(file)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const { readFile } = createNodePorts('/nowhere')
  const open = createRegistryClient({ ...options, store, readFile })
  const free = new ContainerManager({ registry: open })
  for (const reference of [address, file]) expect((await free.run(reference)).name).toBe('native')
})

test('modules of one npm package have states of their own', async () => {
  const kept = new Map<string, string>()
  const manager = new ContainerManager({
    resolve: async () => native,
    stateStore: {
      load: async (key) => kept.get(key),
      save: async (key, json) => void kept.set(key, json),
    },
  })
  const first = await manager.run('npm:@a/b@1.0.0/x/one.wasm', { persistentData: true })
  expect([first.name, first.version]).toEqual(['npm:@a/b/x/one.wasm', '1.0.0'])
  await first.call('increment')
  await first.stop()
  const other = await manager.run('npm:@a/b@1.0.0/x/two.wasm', { persistentData: true })
  expect(await other.call('increment')).toBe(1)
  const newer = await manager.run('npm:@a/b@1.1.0/x/one.wasm', { persistentData: true })
  expect(await newer.call('increment')).toBe(2)
  await manager.cleanup()
})
