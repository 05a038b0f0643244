import asc from 'assemblyscript/asc'
import { expect, test } from 'vitest'
import { findStackPointer } from '../../src/abi/stack-pointer.ts'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { describeInBoth } from '../both/describe-in-both.ts'
import { fixture } from '../containers/modules.ts'
import { cases } from './stack-cases.ts'

describeInBoth({
  cases: cases,
  from: new URL('stack-cases.ts', import.meta.url),
  load: async (name) => fixture(name),
})

async function compile(source: string, flags: readonly string[]): Promise<Uint8Array> {
  const out = new Map<string, Uint8Array | string>()
  const { error } = await asc.main(['module.ts', '-o', 'module.wasm', ...flags], {
    readFile: (name) => (name === 'module.ts' ? source : null),
    writeFile: (name, data) => void out.set(name, data),
    listFiles: () => [],
  })
  const bytes = out.get('module.wasm')
  if (!(bytes instanceof Uint8Array)) throw error ?? new Error('asc wrote nothing')
  return bytes
}

const found = (bytes: Uint8Array): number | undefined =>
  findStackPointer(bytes, readModuleShape(bytes))

test('the stack pointer is found in stripped modules of clang and of AssemblyScript', () => {
  for (const name of ['stack.wasm', 'command.wasm', 'reactor.wasm'])
    expect(found(fixture(name))).toBe(0)
  expect(found(fixture('unwound.wasm'))).toBeGreaterThan(0)
})

test('a counter that goes down, or down and up again by itself, is no stack pointer', async () => {
  const flags = ['-O3', '--runtime', 'stub']
  const down =
    'let n: i32 = 100\nexport function f(): void { n -= 4 }\nexport function g(): void { n += 4 }'
  expect(found(await compile(down, flags))).toBeUndefined()
  const odd =
    'let n: i32 = 100\n@external("env", "h") declare function h(): void\nexport function f(): void { n -= 3; h(); n += 3 }'
  expect(found(await compile(odd, flags))).toBeUndefined()
  expect(found(fixture('native.wasm'))).toBeUndefined()
})
