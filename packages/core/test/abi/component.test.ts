import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { beforeAll, describe, expect, test } from 'vitest'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'

const page = 65_536
const witSource = `package test:it;
world it {
  export shout: func(text: string) -> string;
  export add: func(by: u64) -> u64;
  export spin: func();
  export hog: func() -> u32;
  export checked-half: func(n: u32) -> result<u32, string>;
}`
let component = new Uint8Array()

/** As the tools of jco make one of a core module and a WIT text. */
async function build(core: Uint8Array, wit: string): Promise<Uint8Array<ArrayBuffer>> {
  const embedded = await componentEmbed({ binary: core, witSource: wit, world: 'it' })
  return new Uint8Array(await componentNew(embedded, []))
}

beforeAll(async () => {
  component = await build(fixture('component.core.wasm'), witSource)
})

const start = (config?: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(component, config)

test('a component is called with the values of its types, and keeps what it holds', async () => {
  const container = await start()
  expect([container.abi, container.functions.toSorted()]).toEqual([
    'component',
    ['add', 'checkedHalf', 'hog', 'shout', 'spin'],
  ])
  expect(await container.call('shout', 'hé 한국')).toBe('Hé 한국!')
  expect(await container.call('add', [2n ** 60n])).toBe(2n ** 60n)
  expect(await container.call('add', [1n])).toBe(2n ** 60n + 1n)
})

test('a result is its value, or GUEST_FAILED with what the component says; it lives on', async () => {
  const container = await start()
  expect(await container.call('checkedHalf', [42])).toBe(21)
  await expect(container.call('checkedHalf', [41])).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    message: expect.stringContaining('it is odd') as string,
  })
  expect(await container.call('checkedHalf', [4])).toBe(2)
  await expect(container.call('add', ['x'])).rejects.toThrow()
  await expect(container.call('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test.each([
  ['TIME_LIMIT', { maxCpuTime: 100 }],
  ['CPU_LIMIT', { maxFuel: 1_000_000n }],
] as const)('an endless call ends with %s; after that it wants a restart', async (code, config) => {
  const container = await start(config)
  await expect(container.call('spin')).rejects.toMatchObject({ code })
  expect(container.status).toBe('error')
  await expect(container.call('add', [1n])).rejects.toMatchObject({ code: 'STOPPED' })
  await container.restart()
  expect(await container.call('add', [1n])).toBe(1n)
})

test('memory grows to maxMemory and no page further', async () => {
  const container = await start({ maxMemory: 20 * page })
  expect(await container.call('hog')).toBe(20)
  expect(container.getMemoryUsage()).toMatchObject({ allocated: 20 * page, limit: 20 * page })
  await expect(start({ maxMemory: page })).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
})

test('a component cannot be copied', async () => {
  await expect((await start()).fork()).rejects.toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' })
})

test('a component runs in a worker', async () => {
  const manager = new ContainerManager()
  const container = await manager.run(component, { execution: 'worker', maxCpuTime: 1000 })
  expect(await container.call('shout', 'a')).toBe('A!')
  await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  await manager.cleanup()
})

test('a component with imports is refused by their names', async () => {
  const wit = `package test:it; interface log { say: func(text: string); }
world it { import log; export spin: func(); }`
  const core = await parse(`(module
    (import "test:it/log" "say" (func (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "spin") (call 0 (i32.const 0) (i32.const 0))))`)
  const importing = await build(core, wit)
  await expect(new ContainerManager().run(importing)).rejects.toMatchObject({
    name: 'ContainerSecurityError',
    code: 'FORBIDDEN',
    message: expect.stringContaining('test:it/log') as string,
  })
})

test('functions of an interface are called by its name and theirs', async () => {
  const core = await parse(`(module
    (func (export "test:it/calc#plus") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1))))`)
  const wit = `package test:it; interface calc { plus: func(a: u32, b: u32) -> u32; }
world it { export calc; }`
  const container = await new ContainerManager().run(await build(core, wit))
  expect(container.functions).toEqual(['calc.plus', 'test:it/calc.plus'])
  expect(await container.call('test:it/calc.plus', [2, 3])).toBe(5)
})

test('bytes that only begin like a component are refused', async () => {
  const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 9, 9)
  await expect(new ContainerManager().run(bytes)).rejects.toMatchObject({ code: 'MODULE_INVALID' })
})

describe('names of a component are no programs', () => {
  const planted = globalThis as { planted?: number }
  const build = (name: string): Promise<Uint8Array> =>
    parse(`(component
      (core module $a (func (export "f")))
      (core module $b (import "${name}" "f" (func)) (func (export "go") (result i32) i32.const 7))
      (core instance $ia (instantiate $a))
      (core instance $ib (instantiate $b (with "${name}" (instance $ia))))
      (alias core export $ib "go" (core func $go))
      (func (export "go") (result u32) (canon lift (core func $go))))`)

  test.each([
    `a': {}, [globalThis.planted = 1]: {}, 'b`,
    String.raw`a\\': {}, [globalThis.planted = 1]: {}, 'b`,
    String.raw`a\n`,
    'a`b',
    '__proto__',
  ])('%s is refused before anything is made of it', async (name) => {
    const run = new ContainerManager().run(new Uint8Array(await build(name)))
    await expect(run).rejects.toMatchObject({
      code: expect.stringMatching(/FORBIDDEN|MODULE_INVALID/) as string,
    })
    expect(planted.planted).toBeUndefined()
  })

  test('a plain name runs', async () => {
    const container = await new ContainerManager().run(new Uint8Array(await build('a:b/c@1.0.0')))
    expect(await container.call('go')).toBe(7)
  })
})
