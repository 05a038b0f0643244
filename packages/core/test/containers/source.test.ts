import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { loadSource, type SourcePorts } from '../../src/containers/source.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
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
