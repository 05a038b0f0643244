import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { describe, expect, test } from 'vitest'
import {
  ContainerManager,
  limitModule,
  type ContainerConfig,
  type ContainerInstance,
} from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'
import { adapt, assemble } from './build.ts'

const start = (
  bytes: Uint8Array<ArrayBuffer>,
  config?: ContainerConfig,
): Promise<ContainerInstance> => new ContainerManager().run(bytes, config)

/** A component that imports one function, `f`, of an interface and calls it in its own `go`. */
const calling = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  assemble(`(component
    (import "${name}" (instance $i (export "f" (func (result u32)))))
    (core func $f (canon lower (func $i "f")))
    (core module $code (import "h" "f" (func $f (result i32)))
      (func (export "go") (result i32) (call $f)) (func (export "rest") (result i32) (i32.const 1)))
    (core instance $c (instantiate $code (with "h" (instance (export "f" (func $f))))))
    (func (export "go") (result u32) (canon lift (core func $c "go")))
    (func (export "rest") (result u32) (canon lift (core func $c "rest"))))`)

describe('imports', () => {
  test.each(['wasi:sockets/udp@0.2.0', 'wasi:http/types@0.2.6'])(
    '%s may be imported; what calls it is refused by its name',
    async (name) => {
      const container = await start(await calling(name))
      expect(await container.call('rest')).toBe(1)
      await expect(container.call('go')).rejects.toMatchObject({
        name: 'ContainerSecurityError',
        code: 'FORBIDDEN',
        message: expect.stringContaining(`${name.split('@')[0]}.f`) as string,
      })
    },
  )

  test.each([
    'wasi:clocks/wall-clock@0.3.0',
    'wasi:random/random@0.2.0-rc-2023-11-10',
    'wasi:cli/run',
  ])('%s is another WASI', async (name) => {
    await expect(start(await calling(name))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining(name) as string,
    })
  })

  test.each(['wasi:keyvalue/store@0.2.0', 'wasi:clocks/wall-clock@0.2.0', 'constructor:x/y@1.0.0'])(
    'what %s does not have here is refused at the start',
    async (name) => {
      await expect(start(await calling(name))).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining(`${name.split('@')[0]}.f`) as string,
      })
    },
  )

  test('functions of the host come in by name alone', async () => {
    const bytes = await calling('my:own/things@1.2.3')
    const imports = { 'my:own/things': { f: () => 42 } }
    await expect(start(bytes, { imports })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const allowedImports = ['my:own/things.f']
    await expect(start(bytes, { allowedImports })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const container = await start(bytes, { imports, allowedImports })
    expect(await container.call('go')).toBe(42)
  })

  test.each([
    [
      'throws',
      () => {
        throw new RangeError('broken')
      },
    ],
    ['gives a promise', async () => Promise.resolve(1)],
  ])('a function of the host that %s is HOST_FAILED', async (_what, f) => {
    const container = await start(await calling('my:own/things@1.2.3'), {
      imports: { 'my:own/things': { f } },
      allowedImports: ['my:own/things.f'],
    })
    await expect(container.call('go')).rejects.toMatchObject({
      code: 'HOST_FAILED',
      message: expect.stringContaining('my:own/things.f') as string,
    })
  })

  test('allowedImports names what of WASI a component may have', async () => {
    const bytes = await adapt(fixture('reactor.wasm'), 'reactor')
    await expect(start(bytes, { allowedImports: [] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('wasi:') as string,
    })
  })
})

describe('syscallFilter', () => {
  const command = (): Promise<Uint8Array<ArrayBuffer>> => adapt(fixture('command.wasm'), 'command')
  const run = async (syscallFilter: string[]): Promise<unknown> =>
    (await start(await command(), { isolation: { syscallFilter } })).call('run', ['a'])
  const used = ['args_get', 'environ_get', 'fd_prestat_get', 'fd_read', 'fd_write']

  test('lets what it names work', async () => {
    expect(await run(used)).toMatchObject({ stdout: '[a]', stderr: 'done' })
  })

  test('answers with an error where the function has one, and ends the call where it has none', async () => {
    const silent = used.filter((name) => name !== 'fd_write')
    expect(await run(silent)).toMatchObject({ stdout: '', stderr: '' })
    await expect(run(['fd_write'])).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('args_get') as string,
    })
  })
})

describe('values', () => {
  const wit = `package test:it;
interface shop {
  record item { name: string, count: u32 }
  variant price { free, cents(u64) }
  enum size { small, large }
  flags marks { new, sold }
  price-of: func(one: item, how: size) -> result<price, item>;
  tally: func(all: list<item>, note: option<string>) -> tuple<u32, marks>;
}
world it { import shop; export shop; }`

  test('records, variants, enums, flags, options, results and tuples pass both ways', async () => {
    const embedded = await componentEmbed({
      binary: await passThrough(),
      witSource: wit,
      world: 'it',
    })
    const heard: unknown[] = []
    const container = await start(new Uint8Array(await componentNew(embedded, [])), {
      allowedImports: ['test:it/shop.priceOf', 'test:it/shop.tally'],
      imports: {
        'test:it/shop': {
          priceOf(one: { name: string; count: number }, how: string) {
            heard.push([one, how])
            return one.count > 0
              ? { tag: 'ok', val: { tag: 'cents', val: BigInt(one.count) * 10n ** 15n } }
              : { tag: 'err', val: { name: `no ${one.name}`, count: 0 } }
          },
          tally(all: readonly { count: number }[], note?: string) {
            heard.push([all.length, note])
            return [all.reduce((sum, { count }) => sum + count, 0), { new: true, sold: false }]
          },
        },
      },
    })
    const item = { name: '사과', count: 3 }
    expect(await container.call('shop.priceOf', [item, 'large'])).toEqual({
      tag: 'cents',
      val: 3n * 10n ** 15n,
    })
    await expect(
      container.call('shop.priceOf', [{ name: 'pear', count: 0 }, 'small']),
    ).rejects.toMatchObject({
      code: 'GUEST_FAILED',
      details: { payload: { name: 'no pear', count: 0 } },
    })
    expect(await container.call('shop.tally', [[item, item], 'hi'])).toEqual([
      6,
      { new: true, sold: false },
    ])
    expect(await container.call('shop.tally', [[], undefined])).toEqual([
      0,
      { new: true, sold: false },
    ])
    expect(heard).toEqual([
      [item, 'large'],
      [{ name: 'pear', count: 0 }, 'small'],
      [2, 'hi'],
      [0, undefined],
    ])
  })

  /** Gives what it gets to the function of the same name that it imports, whose result lies where the import wrote it. */
  function passThrough(): Promise<Uint8Array> {
    return parse(`(module
      (import "test:it/shop" "price-of" (func $price (param i32 i32 i32 i32 i32)))
      (import "test:it/shop" "tally" (func $tally (param i32 i32 i32 i32 i32 i32)))
      (memory (export "memory") 2)
      (global $top (mut i32) (i32.const 4096))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3))))
      (func (export "test:it/shop#price-of") (param i32 i32 i32 i32) (result i32)
        (call $price (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 64)) (i32.const 64))
      (func (export "test:it/shop#tally") (param i32 i32 i32 i32 i32) (result i32)
        (call $tally (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (i32.const 128)) (i32.const 128)))`)
  }
})

test('limitModule refuses components, whose glue is its own', async () => {
  await expect(limitModule(await assemble('(component)'))).rejects.toMatchObject({
    code: 'MODULE_UNSUPPORTED',
  })
})
