import { componentEmbed, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { beforeAll, expect, test } from 'vitest'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { adapt } from './build.ts'

const wit = `package test:it;
world it { export say: func(times: u32) -> u32; export now: func() -> u64; export dice: func() -> u32; export leave: func(code: u32); }`

/** `say` prints "hello" so often, and gives how often it did so far. */
const code = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
  (global $said (mut i32) (i32.const 0))
  (func (export "say") (param i32) (result i32)
    (loop
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
      (global.set $said (i32.add (global.get $said) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (global.get $said))
  (func (export "now") (result i64)
    (drop (call $time (i32.const 0) (i64.const 1) (i32.const 64))) (i64.load (i32.const 64)))
  (func (export "dice") (result i32)
    (drop (call $random (i32.const 64) (i32.const 4))) (i32.load (i32.const 64)))
  (func (export "leave") (param i32) (call $exit (local.get 0))))`

let library = new Uint8Array()
beforeAll(async () => {
  const binary = await parse(code)
  library = await adapt(await componentEmbed({ binary, witSource: wit, world: 'it' }), 'reactor')
})

const start = (config?: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(library, config)

test('a library keeps its state between calls, and its output is heard as it is written', async () => {
  const heard: string[] = []
  const container = await start({
    onOutput: (stream, bytes) => heard.push(stream, new TextDecoder().decode(bytes)),
  })
  expect(container.functions.toSorted()).toEqual(['dice', 'leave', 'now', 'say'])
  expect(await container.call('say', [1])).toBe(1)
  expect(await container.call('say', [2])).toBe(3)
  expect(heard.join(' ').split('hello\n')).toHaveLength(4)
})

test('maxOutputBytes is for each call', async () => {
  const container = await start({ maxOutputBytes: 60 })
  expect(await container.call('say', [10])).toBe(10)
  expect(await container.call('say', [10])).toBe(20)
  await expect(container.call('say', [11])).rejects.toMatchObject({
    name: 'ContainerMemoryError',
    code: 'MEMORY_LIMIT',
  })
})

test('endless output ends with maxOutputBytes', async () => {
  const container = await start({ maxOutputBytes: 50_000 })
  await expect(container.call('say', [0])).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
})

test('clock and random bytes are those that the caller gives', async () => {
  const config = { clock: { startMs: 1_700_000_000_000 }, random: { seed: 7 } }
  const [one, two] = [await start(config), await start(config)]
  expect(await one.call('now')).toBe(1_700_000_000_000_000_000n)
  expect(await two.call('dice')).toBe(await one.call('dice'))
})

test.each([
  [0, 0],
  [3, 1],
])('a library that ends itself with %i says so, and wants a restart', async (given, exitCode) => {
  const container = await start()
  await expect(container.call('leave', [given])).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    message: expect.stringContaining(`exit code ${exitCode}`) as string,
  })
  await expect(container.call('say', [1])).rejects.toMatchObject({ code: 'STOPPED' })
  await container.restart()
  expect(await container.call('say', [1])).toBe(1)
})
