import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'
import { adapt, assemble, wasiFixture } from './build.ts'
import { ownResources } from './attack-texts.ts'
import { library } from './texts.ts'

const page = 65_536
const managers: ContainerManager[] = []
afterEach(async () => {
  await Promise.all(managers.splice(0).map((one) => one.cleanup()))
})

let command = new Uint8Array()
beforeAll(async () => {
  command = await adapt(fixture('command.wasm'), 'command')
})

/** Gives what it was given, half of an even number, and all the memory there is. */
const values = `(component
  (core module $m
    (memory (export "m") 1)
    (func (export "same") (param i64) (result i64) (local.get 0))
    (func (export "half") (param i32) (result i32)
      (i32.store8 (i32.const 0) (i32.and (local.get 0) (i32.const 1)))
      (i32.store (i32.const 4) (i32.shr_u (local.get 0) (i32.const 1)))
      (i32.const 0))
    (func (export "error") (param i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store (i32.const 4) (local.get 0))
      (i32.store8 (i32.const 8) (i32.const 1))
      (i32.store8 (i32.const 12) (i32.const 1))
      (i32.store (i32.const 16) (local.get 0))
      (i32.const 0))
    (func (export "hog") (result i32)
      (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (memory.size)))
  (core instance $i (instantiate $m))
  (alias core export $i "m" (core memory $mem))
  (func (export "same") (param "n" u64) (result u64) (canon lift (core func $i "same")))
  (func (export "half") (param "n" u32) (result (result u32 (error u32)))
    (canon lift (core func $i "half") (memory $mem)))
  (func (export "same-error") (param "n" u32) (result (result (error (tuple u32 (option (option u32))))))
    (canon lift (core func $i "error") (memory $mem)))
  (func (export "hog") (result u32) (canon lift (core func $i "hog"))))`

describe.each(['worker', 'process'] as const)('components in a %s', (execution) => {
  const start = (
    bytes: Uint8Array<ArrayBuffer>,
    config?: ContainerConfig,
  ): Promise<ContainerInstance> => {
    const manager = new ContainerManager()
    managers.push(manager)
    return manager.run(bytes, { ...config, execution })
  }

  test('take and give values of their types, and say what went wrong', async () => {
    const container = await start(await assemble(values), { maxMemory: 20 * page })
    expect([container.abi, container.execution]).toEqual(['component', execution])
    expect(await container.call('same', [2n ** 64n - 1n])).toBe(2n ** 64n - 1n)
    expect(await container.call('half', [42])).toBe(21)
    await expect(container.call('half', [41])).rejects.toMatchObject({
      code: 'GUEST_FAILED',
      details: { payload: 20 },
    })
    await expect(container.call('sameError', [7])).rejects.toMatchObject({
      code: 'GUEST_FAILED',
      details: { payload: [7, { tag: 'some', val: 7 }] },
    })
    expect(await container.call('hog')).toBe(20)
    expect(container.getMemoryUsage()).toMatchObject({ allocated: 20 * page, limit: 20 * page })
  })

  test('take and give texts', async () => {
    expect(await (await start(await assemble(library))).call('greet', ['한국'])).toBe('hello 한국')
  })

  test.each([
    ['CPU_LIMIT', { maxFuel: 5_000_000n }],
    ['TIME_LIMIT', { maxCpuTime: 3000 }],
  ] as const)('are stopped with %s, and want a restart then', async (code, config) => {
    const container = await start(await assemble(library), config)
    await expect(container.call('spin')).rejects.toMatchObject({ code })
    await expect(container.call('greet', ['a'])).rejects.toMatchObject({ code: 'STOPPED' })
    await container.restart()
    expect(await container.call('greet', ['a'])).toBe('hello a')
  })

  test('have no more handles and no more output than anywhere', async () => {
    const hoarding = await start(await assemble(ownResources))
    await expect(hoarding.call('hoard')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    const writing = await start(command, { maxOutputBytes: 1000 })
    await expect(writing.call('run', 'x'.repeat(5000))).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
    })
    expect(await writing.call('run', ['y'])).toMatchObject({ exitCode: 1, stdout: '[y]' })
  })

  test('work on virtual files that stay where they run; files of the caller are refused', async () => {
    const bytes = await adapt(wasiFixture('files.wasm'), 'command')
    const isolation = { fileSystemAccess: true }
    const container = await start(bytes, { isolation })
    expect(await container.call('run', ['x'])).toMatchObject({
      stdout: expect.stringContaining('escape Operation not permitted') as string,
    })
    const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } })
    await expect(start(bytes, { isolation, files })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('are refused functions of the host, which do not cross', async () => {
    const imports = { 'my:own/things': { f: () => 42 } }
    const run = start(await assemble(library), { imports, allowedImports: ['my:own/things.f'] })
    await expect(run).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
