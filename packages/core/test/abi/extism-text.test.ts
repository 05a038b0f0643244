import { expect, test } from 'vitest'
import { fixture, start } from '../containers/modules.ts'

// In a process the kernel is a module of its own, as in an engine without multi-memory.
test.each([
  ['echo.wasm', 'in-thread'],
  ['plugin.wasm', 'in-thread'],
  ['echo.wasm', 'process'],
  ['plugin.wasm', 'process'],
] as const)(
  'text of any length and any characters comes back from %s, %s, as it went in',
  async (name, execution) => {
    const { manager, container } = await start({ execution }, { bytes: fixture(name) })
    const kinds = ['a', 'ß', '漢', '😀', '\0', '\ufeff']
    for (const length of [0, 1, 7, 8, 9, 1000, 21_000, 22_000, 70_000, 200_000, 3])
      for (const kind of kinds) {
        const text = kind.repeat(length)
        expect((await container.call('echo', text)) === text).toBe(true)
      }
    await manager.cleanup()
  },
)

test('a mark of byte order stays in text, and may stand before JSON', async () => {
  const { container } = await start({}, { bytes: fixture('echo.wasm') })
  expect(await container.call('echo', '\ufeff[1]')).toBe('\ufeff[1]')
  expect(await container.call('echo', '\ufeff[1]', { as: 'json' })).toEqual([1])
  await expect(container.call('echo', '[1', { as: 'json' })).rejects.toMatchObject({
    code: 'GUEST_FAILED',
  })
})

test('half a character becomes the one that stands for what is no text', async () => {
  const { container } = await start({}, { bytes: fixture('echo.wasm') })
  expect(await container.call('echo', 'a\ud83d')).toBe('a\ufffd')
})

test('a short text after a long one brings nothing of the long one along', async () => {
  const { container } = await start({}, { bytes: fixture('echo.wasm') })
  await container.call('echo', 'x'.repeat(10_000))
  expect(await container.call('echo', 'short')).toBe('short')
  expect(await container.call('echo', '')).toBe('')
})

test('text that the kernel has no room for is refused, and the plugin goes on', async () => {
  const { container } = await start({ maxMemory: 16 * 65_536 }, { bytes: fixture('echo.wasm') })
  await expect(container.call('echo', 'x'.repeat(300_000))).rejects.toMatchObject({
    code: 'MEMORY_LIMIT',
  })
  expect(await container.call('echo', 'short')).toBe('short')
})
