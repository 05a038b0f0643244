import { afterEach, describe, expect, it } from 'vitest'
import { ByteSink } from '../../src/binary/byte-sink.ts'
import { ContainerManager } from '../../src/index.ts'
import { assemble } from '../binary/assemble.ts'

const i32 = 0x7f
const memoryKind = 2

/** A module that imports a memory of one page by this name, and has a function that gives 7. */
function importing(module: string, name: string): Uint8Array {
  const imported = new ByteSink().u32(1).name(module).name(name).bytes([memoryKind, 0, 1]).finish()
  const bytes = assemble({ functions: [{ results: [i32], code: [0x41, 7], export: 'seven' }] })
  // Behind the types, whose length is one byte.
  const at = 8 + 2 + (bytes[9] ?? 0)
  return new ByteSink()
    .bytes(bytes.subarray(0, at))
    .u8(2)
    .sized(imported)
    .bytes(bytes.subarray(at))
    .finish()
}

/** What the names below lead to on an object with a prototype. */
const owners: readonly object[] = [
  Object.prototype,
  Object,
  ...['toString', 'hasOwnProperty'].map((name) => Reflect.get(Object.prototype, name) as object),
]
const before = owners.map((one) => new Set(Reflect.ownKeys(one)))

/** Keys that were not there before, taken away again so that one failure is not all tests'. */
function addedKeys(): PropertyKey[] {
  return owners.flatMap((one, n) =>
    Reflect.ownKeys(one).filter(
      (key) => before[n]?.has(key) === false && Reflect.deleteProperty(one, key),
    ),
  )
}

afterEach(() => void addedKeys())

describe('a module names its imports as it likes', () => {
  it.each([
    ['__proto__', 'polluted'],
    ['constructor', 'polluted'],
    ['toString', 'polluted'],
    ['hasOwnProperty', 'polluted'],
    ['__proto__', '__proto__'],
    ['env', '__proto__'],
    ['env', 'constructor'],
  ])('"%s" "%s", and no object of the host is changed', async (module, name) => {
    const manager = new ContainerManager()
    const container = await manager.run(importing(module, name))
    expect(await container.call('seven')).toBe(7)
    expect(addedKeys()).toEqual([])
    await manager.cleanup()
  })
})
