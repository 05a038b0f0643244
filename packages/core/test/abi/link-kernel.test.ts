import { expect, test } from 'vitest'
import { linkKernel } from '../../src/abi/extism/link-kernel.ts'
import { isLinked } from '../../src/abi/extism/linked.ts'
import { assemble, i32 } from '../binary/assemble.ts'
import { fixture, start } from '../containers/modules.ts'

const moduleOf = (bytes: Uint8Array | undefined): WebAssembly.Module =>
  new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)

test.each(['echo.wasm', 'plugin.wasm', 'http-plugin.wasm'])(
  'the kernel stands in the module of %s, which imports nothing of it any more',
  (name) => {
    const module = moduleOf(linkKernel(fixture(name), 16))
    expect(isLinked(module)).toBe(true)
    expect(isLinked(moduleOf(fixture(name)))).toBe(false)
    const left = WebAssembly.Module.imports(module).map((one) => one.name)
    for (const served of ['alloc', 'load_u64', 'store_u8', 'output_set', 'input_length'])
      expect(left).not.toContain(served)
    const names = WebAssembly.Module.exports(moduleOf(fixture(name))).map((one) => one.name)
    expect(WebAssembly.Module.exports(module).map((one) => one.name)).toEqual(
      expect.arrayContaining(names),
    )
  },
)

test('a plugin reaches the host in its start function', async () => {
  const bytes = fixture('early.wasm')
  const { container } = await start({ environment: { thing: 'set' } }, { bytes })
  expect(await container.call('thing')).toBe('set')
  expect(await (await start({}, { bytes })).container.call('thing')).toBe('none')
})

test('a plugin without a memory keeps its kernel beside it', () => {
  const code = [0x41, 0]
  const bytes = assemble({ functions: [{ results: [i32], code, export: 'nothing' }] })
  expect(linkKernel(bytes, 16)).toBeUndefined()
})

test('a module cannot name what a linked kernel is reached by', async () => {
  const bytes = assemble({
    memories: [[0, 1]],
    exports: [{ name: 'gaesup:kernel.memory', kind: 2, index: 0 }],
  })
  await expect(start({}, { bytes })).rejects.toMatchObject({ code: 'RESERVED_NAME' })
})

test('a snapshot of a plugin holds its memory and its variables', async () => {
  const { container } = await start({}, { bytes: fixture('plugin.wasm') })
  await container.call('remember', 'first')
  await container.call('count')
  const snapshot = await container.snapshot()
  await container.call('remember', 'second')
  await container.call('count')
  await container.restore(snapshot)
  expect(await container.call('recall')).toBe('first')
  expect(await container.call('count')).toBe('2')
  const fork = await container.fork()
  expect(await fork.call('recall')).toBe('first')
  expect(await fork.call('count')).toBe('3')
})

test('what a plugin exchanges has a quarter of maxMemory, and counts as memory', async () => {
  const { container } = await start({ maxMemory: 64 * 65_536 }, { bytes: fixture('echo.wasm') })
  const before = container.getMemoryUsage().allocated
  expect(await container.call('echo', 'x'.repeat(200_000))).toHaveLength(200_000)
  expect(container.getMemoryUsage().allocated).toBeGreaterThan(before)
  await expect(container.call('echo', 'x'.repeat(600_000))).rejects.toMatchObject({
    code: 'MEMORY_LIMIT',
  })
  expect(container.getMemoryUsage().allocated).toBeLessThanOrEqual(64 * 65_536)
})
