import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools'
import { afterEach, describe, expect, it } from 'vitest'
import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
} from '../../../src/index.ts'
import { fixture } from '../../containers/modules.ts'
import { createPlace, isLinux, openBelow } from './place.ts'

const managers: ContainerManager[] = []
afterEach(() => Promise.all(managers.splice(0).map((manager) => manager.cleanup())))

function run(config: ContainerConfig): Promise<ContainerInstance> {
  const manager = new ContainerManager()
  managers.push(manager)
  const isolation = { fileSystemAccess: true, ...config.isolation }
  return manager.run(fixture('reactor.wasm'), { ...config, isolation })
}

describe.skipIf(!isLinux).each(['in-thread', 'worker'] as const)('mounts %s', (execution) => {
  it('give a module folders of the machine, and keep no handle when it stops', async () => {
    const { inside } = createPlace()
    const mounts = { '/workspace': { path: inside, access: 'read-write' } } as const
    const container = await run({ execution, mounts })
    expect(container.execution).toBe(execution)
    expect(await container.call('write_file')).toBe(0)
    expect(readFileSync(join(inside, 'x.txt'), 'utf8')).toBe('hello')
    await container.stop()
    expect(openBelow(inside)).toEqual([])
  })

  it('are for reading unless more is asked for', async () => {
    const { inside } = createPlace()
    const container = await run({ execution, mounts: { '/workspace': { path: inside } } })
    expect(await container.call('write_file')).toBe(-1)
    expect(readdirSync(inside)).toEqual([])
  })

  it('keep their quota over calls', async () => {
    const { inside } = createPlace()
    const folder = { path: inside, access: 'read-write', maxBytes: 4, maxEntries: 1 } as const
    const container = await run({ execution, mounts: { '/workspace': folder } })
    // The error is told when the buffer is written.
    expect(await container.call('write_file')).toBe(-1)
    expect(await container.call('write_file')).toBe(-1)
    expect(readFileSync(join(inside, 'x.txt'), 'utf8')).toBe('')
  })

  it('that cannot be opened fail the start with the path of the guest, not of the machine', async () => {
    const { inside } = createPlace()
    const absent = join(inside, 'absent')
    const error = await run({ execution, mounts: { '/workspace': { path: absent } } }).then(
      () => undefined,
      (reason: unknown) => reason as Error & { code?: string },
    )
    expect(error?.code).toBe('ENOENT')
    expect(error?.message).toContain('/workspace')
    expect(error?.message).not.toContain(inside)
  })

  it('make no copies: a snapshot is refused', async () => {
    const { inside } = createPlace()
    const container = await run({ execution, mounts: { '/workspace': { path: inside } } })
    await expect(container.snapshot()).rejects.toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' })
    await expect(container.fork()).rejects.toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' })
  })
})

describe.skipIf(!isLinux)('mounts of a container', () => {
  it('lie over folders of its own files, which know nothing of them', async () => {
    const { createVirtualFiles } = await import('../../../src/files/index.ts')
    const { inside } = createPlace()
    const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 10 } })
    files.writeFile('/workspace/x.txt', new TextEncoder().encode('below'))
    const before = files.snapshot()
    const changes: string[] = []
    files.onChange(({ type }) => changes.push(type))
    const mounts = { '/workspace': { path: inside, access: 'read-write' } } as const
    const container = await run({ files, mounts })
    expect(await container.call('write_file')).toBe(0)
    expect(changes).toEqual([])
    expect(files.snapshot()).toEqual(before)
    expect(readdirSync(inside)).toEqual(['x.txt'])
  })

  it('are refused for components, which would not see them', async () => {
    const { inside } = createPlace()
    const embedded = await componentEmbed({
      binary: fixture('component.core.wasm'),
      witSource: 'package test:it;\nworld it { export add: func(by: u64) -> u64; }',
      world: 'it',
    })
    const manager = new ContainerManager()
    managers.push(manager)
    const isolation = { fileSystemAccess: true }
    const component = new Uint8Array(await componentNew(embedded, []))
    await expect(
      manager.run(component, { isolation, mounts: { '/data': { path: inside } } }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN', details: { option: 'mounts' } })
  })

  it('are refused in locked processes, without fileSystemAccess, and where they are none', async () => {
    const { inside } = createPlace()
    writeFileSync(join(inside, 'a'), '')
    mkdirSync(join(inside, 'sub'))
    const mounts = { '/data': { path: inside } }
    await expect(run({ mounts, execution: 'process' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { option: 'mounts' },
    })
    await expect(run({ mounts, isolation: { fileSystemAccess: false } })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { option: 'mounts' },
    })
    const wrong: unknown[] = [
      { '/data': { path: 'relative' } },
      { '/data': { path: `${inside}\0` } },
      { '/data': { path: inside, access: 'write' } },
      { '/data': { path: inside, maxBytes: Number.NaN } },
      { '/data': { path: inside, maxEntries: -1 } },
      { '/data': { path: inside, maxbytes: 1 } },
      { '/': { path: inside } },
      { data: { path: inside } },
      { '/data/': { path: inside } },
      { '/data/../x': { path: inside } },
      { '/data': { path: inside }, '/data/sub': { path: inside } },
    ]
    for (const one of wrong)
      await expect(run({ mounts: one as NonNullable<ContainerConfig['mounts']> })).rejects.toThrow(
        TypeError,
      )
    await expect(run({ mounts: { '/data': { path: join(inside, 'a') } } })).rejects.toMatchObject({
      code: 'ENOTDIR',
    })
    expect(openBelow(inside)).toEqual([])
  })
})
