import asc from 'assemblyscript/asc'
import { describe, expect, test } from 'vitest'
import { withOptionalParameters } from '../../src/abi/optional-parameters.ts'
import { readModuleShape } from '../../src/binary/module-shape.ts'
import { compileBytes } from '../../src/compile/index.ts'
import { ContainerManager } from '../../src/containers/index.ts'
import { assemble } from '../binary/assemble.ts'

const source = `
export function scale(a: f64, by: f64 = 3): f64 { return a * by }
export function sum(a: i64 = 40, b: i64 = 2, c: i64 = sum(1, 1, 0)): i64 { return a + b + c }
export function two(a: i32, b: i32): i32 { return a * 10 + b }
export function tripled(a: f64): f64 { return scale(a) }
`
const texts = `
export function greet(name: string, greeting: string = "Hello", mark: string = "!"): string {
  return greeting + ", " + name + mark
}
export function measure(a: string, b: string = "four"): i32 { return a.length * 10 + b.length }
`

/** What the compiler's command line makes of it. */
async function build(text: string, flags: readonly string[]): Promise<Uint8Array> {
  let bytes: string | Uint8Array | undefined
  const { error } = await asc.main(['module.ts', '-o', 'module.wasm', ...flags], {
    readFile: (name) => (name === 'module.ts' ? text : null),
    writeFile: (_, content) => void (bytes = content),
    listFiles: () => [],
  })
  if (!(bytes instanceof Uint8Array)) throw error ?? new Error('asc wrote nothing')
  return bytes
}

describe.each([['-O0'], ['-O3'], ['-O3 --converge --noAssert'], ['-Oz']])(
  'AssemblyScript built with %s',
  (levels) => {
    const flags = levels.split(' ')

    test.each([['plain', []] as const, ['assemblyscript', ['--exportRuntime']] as const])(
      'takes fewer arguments than parameters, as %s',
      async (abi, more) => {
        const bytes = await build(source, [...flags, ...more])
        const container = await new ContainerManager().run(bytes)
        expect(container.abi).toBe(abi)
        expect(await container.call('scale', [2])).toBe(6)
        expect(await container.call('scale', [2, 5])).toBe(10)
        expect(await container.call('scale', [2])).toBe(6)
        expect(await container.call('sum')).toBe(44)
        expect(await container.call('sum', [1])).toBe(5)
        expect(await container.call('sum', [1, 1, 1])).toBe(3)
        expect(await container.call('tripled', [2])).toBe(6)
      },
    )

    test('a function without optional parameters still wants all of them', async () => {
      const container = await new ContainerManager().run(await build(source, flags))
      await expect(container.call('two', [1])).rejects.toThrow('takes 2 argument(s)')
      await expect(container.call('tripled', [])).rejects.toThrow('takes 1 argument(s)')
      await expect(container.call('scale', [1, 2, 3])).rejects.toThrow('takes 0 to 2 argument(s)')
      // Without signatures only the module knows that one argument is needed.
      await expect(container.call('scale', [])).rejects.toMatchObject({ code: 'TRAPPED' })
      expect(await container.call('scale', [2])).toBe(6)
    })

    test('optional text', async () => {
      const bytes = await build(texts, [...flags, '--exportRuntime'])
      const container = await new ContainerManager().run(bytes)
      expect(await container.call('measure', ['abc'])).toBe(34)
      expect(await container.call('measure', ['abc', 'de'])).toBe(32)
    })
  },
)

test('what compileBytes makes says how many arguments are needed', async () => {
  const manager = new ContainerManager()
  const numbers = await manager.run((await compileBytes(source)).bytes)
  expect(await numbers.call('scale', [2])).toBe(6)
  await expect(numbers.call('scale', [])).rejects.toThrow('takes 1 to 2 argument(s)')
  const words = await manager.run((await compileBytes(texts)).bytes)
  expect(await words.call('greet', 'Ada')).toBe('Hello, Ada!')
  expect(await words.call('greet', ['Ada', 'Hi'])).toBe('Hi, Ada!')
  expect(await words.call('greet', ['Ada', 'Hi', '?'])).toBe('Hi, Ada?')
  await expect(words.call('greet')).rejects.toThrow('takes 1 to 3 argument(s)')
})

test('a thousand exports of a function that calls a long one a hundred thousand times are looked at once', () => {
  const times = (count: number, code: readonly number[]): number[] =>
    Array.from({ length: count }, () => code).flat()
  const [globalGet, globalSet, call, drop] = [0x23, 0x24, 0x10, 0x1a]
  const bytes = assemble({
    globals: 1,
    functions: [
      { code: [0x42, 0, globalSet, 0], export: '__setArgumentsLength' },
      { code: times(50_000, [0x41, 0, drop]) },
      { code: times(100_000, [call, 1]) },
      { code: [globalGet, 0, drop], export: 'looks' },
      { code: [call, 3], export: 'calls' },
    ],
    exports: Array.from({ length: 1000 }, (_, n) => ({ name: `f${n}`, kind: 0, index: 2 })),
  })
  const found = withOptionalParameters(bytes, readModuleShape(bytes))
  expect([...found]).toEqual(['looks', 'calls'])
})
